/* SPDX-License-Identifier: Apache-2.0
 * See kubeconfig.h. */
#include "kubeconfig.h"
#include "world/world.h"

#include "buf.h"
#include <unistd.h>

int kubeconfig_lay(const struct world *world, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(65536);
    if (world->file_read(ADMIN_CONF, &text, err) < 0 || world->file_mkdirs("/root/.kube", 0700, err) < 0)
        return -1;
    return world->file_ensure(KUBECONFIG, buf_text(&text), text.length, 0600, err) < 0 ? -1 : 0;
}

bool kubeconfig_is_missing(void) {
    return access(KUBECONFIG, F_OK) < 0 && access(ADMIN_CONF, F_OK) == 0;
}
