/* SPDX-License-Identifier: Apache-2.0
 * See forget.h. */
#include "forget.h"
#include "beside.h"
#include "decide/paths.h"
#include "kernels.h"

#include "cleanup.h"
#include "file.h"
#include "log.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The layers that must stay, as one text that contains all their names. */
static int list_used(const struct role *role, struct buf *ret, struct error *err) {
    for (size_t i = 0; i < role->n_layers; i++)
        buf_addf(ret, " %s", role->layers[i].sha256);
    buf_addf(ret, " %s ", role->boot.sha256 ? role->boot.sha256 : "");
    if (kernels_list(ret, err) < 0 || beside_list(ret, err) < 0)
        return -1;
    return file_read("/proc/self/mountinfo", ret, err); /* lowerdir=/…/<sha256>:… */
}

void layers_forget(const struct role *role) {
    cleanup_buf struct buf used = BUF_INIT(1 << 20);
    cleanup_closedir DIR *folder = opendir(DATA_LAYERS);
    const struct dirent *entry;
    struct error err = {0};
    if (!folder)
        return;
    kernels_forget();
    if (list_used(role, &used, &err) < 0 || buf_failed(&used)) {
        log_warning("old layers stay: %s", err.message);
        return;
    }
    while ((entry = readdir(folder))) {
        char sha256[65]; /* "<sha256>", or ".<sha256>.part" */
        snprintf(sha256, sizeof(sha256), "%.64s", entry->d_name + (entry->d_name[0] == '.'));
        if (strspn(sha256, "0123456789abcdef") != 64 || strstr(buf_text(&used), sha256))
            continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) == 0)
            log_info("layer %.12s is not needed any more: removed", sha256);
    }
}
