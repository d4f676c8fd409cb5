/* SPDX-License-Identifier: Apache-2.0
 * See journal_file.h. */
#include "journal_file.h"

#include "buf.h"
#include "file.h"
#include <errno.h>
#include <string.h>

int journal_load(const char *path, struct journal *ret, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(4096);
    if (file_read(path, &text, err) < 0) {
        if (err->errnum != ENOENT)
            return -1;
        *ret = (struct journal){0};
        return 0;
    }
    if (journal_parse(buf_text(&text), text.length, ret, err) == 0)
        return 0;
    error_wrap(err, "journal `%s`", path);
    error_code(err, SR_JOURNAL);
    return error_remedy(err, "restore the file if this machine runs the cluster; else remove it: the machine wipes "
                             "what kubeadm left and starts over");
}

int journal_save(const char *path, const struct journal *journal, struct error *err) {
    char text[JOURNAL_TEXT_SIZE];
    journal_print(journal, text);
    return file_write(path, text, strlen(text), 0600, err);
}
