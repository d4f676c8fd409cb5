/* SPDX-License-Identifier: Apache-2.0
 * See await.h. */
#include "await.h"

#include "cleanup.h"
#include "clock.h"
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

int await_in(const char *folder, bool (*holds)(const void *context), const void *context, unsigned timeout_s,
             struct error *err) {
    cleanup_close int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    /* The watch is set before the first look, so that nothing is missed. */
    if (fd < 0 || inotify_add_watch(fd, folder, IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_CLOSE_WRITE) < 0)
        return error_errno(err, errno, "watch `%s`", folder);
    int64_t deadline = clock_boottime_ms() + timeout_s * 1000L;
    while (!holds(context)) {
        char events[4096];
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left = deadline - clock_boottime_ms();
        if (left <= 0)
            return error_set(err, ETIMEDOUT, "`%s`: nothing came in %u s", folder, timeout_s);
        int ready = poll(&wait, 1, (int)left);
        if ((ready < 0 && errno != EINTR) ||
            (ready > 0 && read(fd, events, sizeof(events)) < 0 && errno != EAGAIN && errno != EINTR))
            return error_errno(err, errno, "watch `%s`", folder);
    }
    return 0;
}

static bool exists(const void *path) {
    return access(path, F_OK) == 0;
}

int await_path(const char *path, unsigned timeout_s, struct error *err) {
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%s", path);
    return await_in(dirname(folder), exists, path, timeout_s, err) < 0 ? error_wrap(err, "`%s`", path) : 0;
}
