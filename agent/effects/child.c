/* SPDX-License-Identifier: Apache-2.0
 * See child.h. */
#include "child.h"

#include "cleanup.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

enum { OUT, ERR, WATCH };

struct child {
    pid_t pid;
    int out, err, watch, log;
    struct buf *output;
    char last[256]; /* the last line that the child printed */
    size_t last_length;
    bool seen;
};

static void child_cleanup(struct child *child) {
    int *fds[] = {&child->out, &child->err, &child->watch, &child->log};
    for (size_t i = 0; i < 4; i++)
        cleanup_closep(fds[i]);
}

static int spawn(struct child *child, const char *const *argv, struct error *err) {
    int out[2], errors[2];
    if (pipe2(out, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    if (pipe2(errors, O_CLOEXEC) < 0) {
        close(out[0]);
        close(out[1]);
        return error_errno(err, errno, "pipe");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, errors[1], 2);
    int code = posix_spawnp(&child->pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    close(errors[1]);
    child->out = out[0];
    child->err = errors[0];
    return code ? error_errno(err, code, "run `%s`", argv[0]) : 0;
}

static void keep_last_line(struct child *child, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') {
            if (i + 1 < length)
                child->last_length = 0; /* another line follows */
        } else if (child->last_length < sizeof(child->last) - 1) {
            child->last[child->last_length++] = text[i];
        }
    }
    child->last[child->last_length] = '\0';
}

/* Reads what is there. Returns false at end of file. */
static bool drain(struct child *child, int *fd, bool is_output) {
    char chunk[4096];
    ssize_t got = read(*fd, chunk, sizeof(chunk));
    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    if (got == 0) {
        close(*fd);
        *fd = -1;
        return false;
    }
    if (is_output && child->output)
        buf_add(child->output, chunk, (size_t)got);
    keep_last_line(child, chunk, (size_t)got);
    if (child->log >= 0 && (!is_output || !child->output) && write(child->log, chunk, (size_t)got) < 0)
        child->log = -1;
    return true;
}

static int open_watch(const char *path) {
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%s", path);
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd >= 0 && inotify_add_watch(fd, dirname(folder), IN_CLOSE_WRITE | IN_MOVED_TO) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool watch_hit(int fd, const char *path) {
    char buffer[4096] __attribute__((aligned(8)));
    const char *name = strrchr(path, '/') + 1;
    ssize_t got = read(fd, buffer, sizeof(buffer));
    for (ssize_t at = 0; at < got;) {
        const struct inotify_event *event = (const void *)(buffer + at);
        if (event->len && !strcmp(event->name, name))
            return true;
        at += (ssize_t)sizeof(*event) + event->len;
    }
    return false;
}

static long now_s(void) {
    struct timespec ts;
    clock_gettime(CLOCK_BOOTTIME, &ts);
    return ts.tv_sec;
}

/* Feeds pipes and the watch until both pipes are closed or the time is up. */
static int follow(struct child *child, const struct child_options *options, struct error *err) {
    long deadline = now_s() + (options->timeout_s ? options->timeout_s : 60);
    while (child->out >= 0 || child->err >= 0) {
        struct pollfd fds[] = {{.fd = child->out, .events = POLLIN}, {.fd = child->err, .events = POLLIN}, {.fd = child->seen ? -1 : child->watch, .events = POLLIN}};
        long left = deadline - now_s();
        if (left <= 0) {
            kill(child->pid, SIGKILL);
            return error_set(err, ETIMEDOUT, "no end after %u s", options->timeout_s);
        }
        if (poll(fds, 3, (int)left * 1000) < 0 && errno != EINTR)
            return error_errno(err, errno, "poll");
        if (fds[OUT].revents)
            drain(child, &child->out, true);
        if (fds[ERR].revents)
            drain(child, &child->err, false);
        if (fds[WATCH].revents && watch_hit(child->watch, options->watch_path)) {
            child->seen = true;
            if (options->appeared(options->context, err) < 0)
                return -1;
        }
    }
    return 0;
}

int child_run(const char *const *argv, const struct child_options *options, struct buf *ret_output, struct error *err) {
    __attribute__((cleanup(child_cleanup))) struct child child = {.out = -1, .err = -1, .watch = -1, .log = -1, .output = ret_output};
    if (options->log_path)
        child.log = open(options->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (options->watch_path)
        child.watch = open_watch(options->watch_path);
    if (spawn(&child, argv, err) < 0)
        return -1;
    int followed = follow(&child, options, err);
    int status;
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (followed < 0)
        return error_wrap(err, "%s", argv[0]);
    if (ret_output && buf_failed(ret_output))
        return error_set(err, EFBIG, "%s: printed more than %zu bytes", argv[0], ret_output->maximum);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    error_set(err, -1, "%s: %s %d: %s", argv[0], WIFEXITED(status) ? "exit" : "signal",
              WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), child.last_length ? child.last : "no message");
    return options->log_path ? error_remedy(err, "its output is in %s", options->log_path) : -1;
}
