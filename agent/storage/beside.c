/* SPDX-License-Identifier: Apache-2.0
 * See beside.h. */
#include "beside.h"
#include "decide/paths.h"
#include "effects/mounts.h"

#include "check.h"
#include "file.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BESIDE AGENT_STATE "/beside"
enum { BESIDE_MAX = 2 * ROLE_LAYERS_MAX * 65 };

static void add(const struct role *role, struct buf *ret) {
    for (size_t i = 0; i < role->n_layers; i++)
        if (!role->layers[i].kernel && !strstr(buf_text(ret), role->layers[i].sha256))
            buf_addf(ret, "%s\n", role->layers[i].sha256);
}

int beside_keep(const struct role *role, const struct role *other, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(BESIDE_MAX);
    buf_adds(&text, "");
    add(role, &text);
    add(other, &text);
    return file_ensure(BESIDE, buf_text(&text), text.length, 0600, err) < 0 ? -1 : 0;
}

int beside_list(struct buf *ret, struct error *err) {
    return file_read(BESIDE, ret, err) < 0 && err->errnum != ENOENT ? -1 : 0;
}

static int mount_layer(const char *sha256, struct error *err) {
    char file[128], target[128];
    snprintf(file, sizeof(file), DATA_LAYERS "/%s", sha256);
    snprintf(target, sizeof(target), MOUNTED "/%s", sha256);
    if (mounts_has(target))
        return 0;
    if (access(file, F_OK) == 0)
        return mounts_layer(file, target, err);
    log_warning("layer %.12s of another release is not on the disk: its images are missing here", sha256);
    return 0;
}

int beside_mount(struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(BESIDE_MAX);
    char *rest = NULL;
    if (beside_list(&text, err) < 0)
        return -1;
    for (char *line = text.data ? strtok_r(text.data, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest))
        if (!check_sha256(line) && mount_layer(line, err) < 0)
            return -1;
    return 0;
}

void beside_drop(void) {
    unlink(BESIDE);
}
