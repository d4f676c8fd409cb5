/* SPDX-License-Identifier: Apache-2.0
 * See role_store.h. */
#include "role_store.h"

#include "file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ETAG_FILE AGENT_STATE "/role.etag"

int role_store_keep(const struct buf *text, const char *etag, struct error *err) {
    if (file_write(ROLE_FILE, buf_text(text), text->length, 0644, err) < 0)
        return -1;
    return file_write(ETAG_FILE, etag, strlen(etag), 0644, err);
}

int role_store_load(struct buf *ret_text, char *ret_etag, size_t size, struct error *err) {
    cleanup_buf struct buf etag = BUF_INIT(256);
    struct error none;
    if (file_read(ROLE_FILE, ret_text, err) < 0)
        return -1;
    bool has = file_read(ETAG_FILE, &etag, &none) == 0;
    snprintf(ret_etag, size, "%.*s", has ? (int)strcspn(buf_text(&etag), "\n") : 0, buf_text(&etag));
    return 0;
}

/* The ETag comes last: beside an older document it would say that the older one is current. */
int role_store_take_next(struct error *err) {
    static const char *const files[] = {ROLE_FILE, ETAG_FILE};
    char next[96];
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(next, sizeof(next), "%s" ROLE_NEXT, files[i]);
        if (rename(next, files[i]) < 0 && errno != ENOENT)
            return error_errno(err, errno, "`%s`", next);
    }
    return file_sync_folder(AGENT_STATE, err);
}
