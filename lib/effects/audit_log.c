/* SPDX-License-Identifier: Apache-2.0
 * See audit_log.h. */
#include "audit_log.h"

#include "cleanup.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int audit_log_read(const char *path, const char *wanted, struct audit_tip *ret_tip, off_t *ret_length, bool *ret_found,
                   struct error *err) {
    cleanup_fclose FILE *file = fopen(path, "re");
    char line[AUDIT_LINE_MAX + 2];
    if (!file)
        return error_errno(err, errno, "open `%s`", path);
    *ret_tip = AUDIT_TIP_INIT;
    *ret_length = 0;
    bool found = false;
    while (fgets(line, sizeof(line), file)) {
        size_t length = strlen(line); /* a NUL cuts the line short, and then its hash is wrong */
        if (length < sizeof(line) - 1 && feof(file))
            break;
        if (audit_follow(ret_tip, line, length && line[length - 1] == '\n' ? length - 1 : length, err) < 0)
            return error_wrap(err, "`%s`: line %llu", path, (unsigned long long)ret_tip->n + 1);
        *ret_length += (off_t)length;
        found = found || (wanted && !strcmp(wanted, ret_tip->hash));
    }
    if (ferror(file))
        return error_errno(err, EIO, "read `%s`", path);
    if (ret_found)
        *ret_found = found;
    return 0;
}

static int fail_cut(const struct audit_tip *known, const struct audit_tip *tip, struct error *err) {
    error_set(err, EBADMSG,
              "audit log: it was cut short: it had %llu entries, the last with the hash %.16s…; %llu are left",
              (unsigned long long)known->n, known->hash, (unsigned long long)tip->n);
    return error_remedy(err, "put the whole file back, and ask who wrote to it; moved aside, the seed begins a new one "
                             "and says so in it");
}

int audit_log_open(const char *path, const struct audit_tip *known, struct audit_log *log, struct error *err) {
    struct audit_tip tip;
    off_t length = 0;
    bool found = false;
    log->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log->fd < 0)
        return error_errno(err, errno, "open `%s`", path);
    if (audit_log_read(path, known->hash, &tip, &length, &found, err) < 0) {
        error_wrap(err, "audit log");
        return error_remedy(err, "keep the file and ask who wrote to it; moved aside, the seed begins a new one");
    }
    if (tip.n > 0 && known->n > 0 && !found)
        return fail_cut(known, &tip, err);
    off_t end = lseek(log->fd, 0, SEEK_END);
    if (end > length) {
        log_warning("audit log: %lld bytes of a line that was never finished are cut off", (long long)(end - length));
        if (ftruncate(log->fd, length) < 0)
            return error_errno(err, errno, "cut `%s`", path);
    }
    log->tip = tip;
    log->length = length;
    return 0;
}

void audit_log_close(struct audit_log *log) {
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
}

int audit_log_add(struct audit_log *log, const struct audit_entry *entry, struct error *err) {
    cleanup_buf struct buf line = BUF_INIT(AUDIT_LINE_MAX);
    struct audit_tip next = log->tip;
    if (audit_print(&next, entry, &line, err) < 0)
        return -1;
    buf_adds(&line, "\n");
    ssize_t written = buf_failed(&line) ? -1 : write(log->fd, line.data, line.length);
    if (written == (ssize_t)line.length && fdatasync(log->fd) == 0) {
        log->length += written;
        log->tip = next;
        return 0;
    }
    int code = written >= 0 && written < (ssize_t)line.length ? ENOSPC : errno;
    if (ftruncate(log->fd, log->length) < 0)
        log_error("audit log: a part of a line stays behind; it is cut off when the seed starts");
    error_errno(err, code == EFBIG || code == EDQUOT ? ENOSPC : code, "audit log");
    return error_remedy(err, "make room on the disk of the state folder");
}
