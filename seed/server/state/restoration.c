/* SPDX-License-Identifier: Apache-2.0
 * See restoration.h. */
#include "restoration.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ARCHIVE "restore.age" /* no backup's name, and without a note beside it: backups_open() removes it */

static void drop_archive(struct restoration *restoration, const struct backups *backups) {
    restoration->size = 0;
    unlinkat(backups->folder, ARCHIVE, 0);
}

void restoration_note(struct restoration *restoration, const struct backups *backups, const char *recipient,
                      const char *public_key, const char *signature) {
    if (!strcmp(restoration->recipient, recipient) && !strcmp(restoration->signature, signature))
        return;
    if (strcmp(restoration->recipient, recipient) != 0)
        drop_archive(restoration, backups);
    snprintf(restoration->recipient, sizeof(restoration->recipient), "%s", recipient);
    snprintf(restoration->public_key, sizeof(restoration->public_key), "%s", public_key);
    snprintf(restoration->signature, sizeof(restoration->signature), "%s", signature);
    restoration->changes++;
}

int restoration_keep(struct restoration *restoration, const struct backups *backups, struct upload *upload,
                     const char *sha256, struct error *err) {
    uint64_t size = upload->size;
    if (backups_place(backups, upload, sha256, ARCHIVE, err) < 0)
        return -1;
    restoration->size = size;
    restoration->changes++;
    return 0;
}

int restoration_open(const struct restoration *restoration, const struct backups *backups) {
    return restoration->size ? openat(backups->folder, ARCHIVE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
}

void restoration_drop(struct restoration *restoration, const struct backups *backups) {
    drop_archive(restoration, backups);
    restoration->changes++;
}

void restoration_forget(struct restoration *restoration, const struct backups *backups) {
    unsigned changes = restoration->changes;
    drop_archive(restoration, backups);
    *restoration = (struct restoration){.changes = changes + 1};
}
