/* SPDX-License-Identifier: Apache-2.0
 * See logs.h. */
#include "logs.h"
#include "decide/tail.h"

#include "cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/klog.h>

enum { READ_ALL = 3 }; /* syslog(2): SYSLOG_ACTION_READ_ALL, the last of it */

int logs_end(const char *source, struct buf *ret, bool *ret_whole, struct error *err) {
    cleanup_free char *text = malloc(ret->maximum);
    bool is_dmesg = !strcmp(source, TAIL_DMESG);
    cleanup_close int fd = is_dmesg ? -1 : open(source, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (!text || (!is_dmesg && fd < 0))
        return error_errno(err, text ? errno : ENOMEM, "`%s`", source);
    off_t size = is_dmesg ? 0 : lseek(fd, 0, SEEK_END), most = (off_t)ret->maximum - 1,
          from = size > most ? size - most : 0;
    ssize_t n = is_dmesg ? klogctl(READ_ALL, text, (int)most) : pread(fd, text, (size_t)most, from);
    if (n < 0)
        return error_errno(err, errno, "`%s`", source);
    buf_add(ret, text, (size_t)n);
    *ret_whole = from == 0 && n < most;
    return buf_failed(ret) ? error_errno(err, ENOMEM, "`%s`", source) : 0;
}
