/* SPDX-License-Identifier: Apache-2.0
 * See kubeconfig.h. */
#include "kubeconfig.h"

#include <errno.h>
#include <string.h>

int kubeconfig_with_server(const char *text, const char *address, struct buf *ret, struct error *err) {
    static const char key[] = "\n    server: https://";
    const char *at = strstr(text, key);
    if (!at || strstr(at + 1, key))
        return error_set(err, EINVAL, "the kubeconfig does not name one server");
    buf_add(ret, text, (size_t)(at - text));
    buf_addf(ret, "%s%s:6443", key, address);
    buf_adds(ret, at + 1 + strcspn(at + 1, "\n"));
    return buf_failed(ret) ? error_set(err, EFBIG, "the kubeconfig is too large") : 0;
}
