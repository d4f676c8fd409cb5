/* SPDX-License-Identifier: Apache-2.0
 * See service.h. */
#include "await.h"
#include "service.h"

#include "buf.h"
#include "cleanup.h"
#include "file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* At boot runsvdir starts every runsv at once, the agent's too. So another service's fifo may not be open yet. */
enum { RUNSV_TRIES = 100, RUNSV_PAUSE_MS = 50, DOWN_S = 30 };

static int order(const char *name, const char *letters, struct error *err) {
    char path[128];
    snprintf(path, sizeof(path), "/etc/service/%s/supervise/control", name);
    for (int i = 0; i < RUNSV_TRIES; i++) {
        cleanup_close int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0 && write(fd, letters, strlen(letters)) == (ssize_t)strlen(letters))
            return 0;
        nanosleep(&(struct timespec){.tv_nsec = RUNSV_PAUSE_MS * 1000000L}, NULL);
    }
    error_errno(err, errno, "service `%s`: no runsv listens at %s", name, path);
    error_code(err, SR_SERVICE);
    return error_remedy(err, "see whether runsvdir runs and /etc/service/%s exists", name);
}

int service_up(const char *name, struct error *err) {
    return order(name, "u", err);
}

static bool is_down(const void *name) {
    return !service_running(name);
}

int service_down(const char *name, struct error *err) {
    char folder[128];
    snprintf(folder, sizeof(folder), "/etc/service/%s/supervise", name);
    if (order(name, "d", err) < 0 || await_in(folder, is_down, name, DOWN_S, err) < 0)
        return error_wrap(err, "stop `%s`", name);
    return 0;
}

int service_restart(const char *name, struct error *err) {
    return order(name, "tu", err);
}

bool service_exists(const char *name) {
    char path[128];
    int length = snprintf(path, sizeof(path), "/etc/service/%s/run", name);
    return !strchr(name, '/') && length < (int)sizeof(path) && access(path, F_OK) == 0;
}

bool service_running(const char *name) {
    char path[128];
    cleanup_buf struct buf state = BUF_INIT(64);
    struct error ignored;
    snprintf(path, sizeof(path), "/etc/service/%s/supervise/stat", name);
    return file_read(path, &state, &ignored) == 0 && !strncmp(buf_text(&state), "run", 3);
}
