/* SPDX-License-Identifier: Apache-2.0
 * See child.h. */
#include "child.h"

#include "cleanup.h"
#include "clock.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { OUT, ERR };

struct child {
    pid_t pid;
    int out, err, log;
    struct buf *output;
    const char *const *marks;
    char line[256]; /* the one that the child is printing */
    size_t length;
    char told[256]; /* the most telling line so far */
    size_t rank;    /* the index of its mark in the list; the number of marks: it has none */
};

static void child_cleanup(struct child *child) {
    int *fds[] = {&child->out, &child->err, &child->log};
    for (size_t i = 0; i < 3; i++)
        cleanup_closep(fds[i]);
}

/* Runs in the new process until exec. The child dies with the agent: a kubeadm that went on alone would work against
 * the wipe by the next agent. */
static void become(const char *const *argv, int in, int out, int errors, pid_t parent) {
    dup2(in, 0);
    dup2(out, 1);
    dup2(errors, 2);
    child_die_with(parent);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
}

/* Returns 0 or an errno. */
static int child_exec(const char *const *argv, int in, int out, int errors, pid_t *ret_pid) {
    int told[2], code = 0;
    if (pipe2(told, O_CLOEXEC) < 0)
        return errno;
    pid_t parent = getpid();
    *ret_pid = fork();
    if (*ret_pid == 0) {
        become(argv, in, out, errors, parent);
        code = errno;
        _exit(write(told[1], &code, sizeof(code)) < 0 ? 126 : 127);
    }
    code = *ret_pid < 0 ? errno : 0;
    close(told[1]);
    if (code == 0 && read(told[0], &code, sizeof(code)) > 0) /* end of file: the program runs */
        waitpid(*ret_pid, NULL, 0);
    close(told[0]);
    return code;
}

static int open_input(const char *input, struct error *err) {
    cleanup_close int fd = input ? memfd_create("input", MFD_CLOEXEC) : open("/dev/null", O_RDONLY | O_CLOEXEC);
    size_t length = input ? strlen(input) : 0;
    if (fd < 0 || (length && pwrite(fd, input, length, 0) != (ssize_t)length))
        return error_errno(err, errno, "input");
    int result = fd;
    fd = -1;
    return result;
}

static int spawn(struct child *child, const char *const *argv, const char *input, struct error *err) {
    int out[2], errors[2];
    cleanup_close int in = open_input(input, err);
    if (in < 0)
        return -1;
    if (pipe2(out, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    if (pipe2(errors, O_CLOEXEC) < 0) {
        close(out[0]);
        close(out[1]);
        return error_errno(err, errno, "pipe");
    }
    int code = child_exec(argv, in, out[1], errors[1], &child->pid);
    close(out[1]);
    close(errors[1]);
    child->out = out[0];
    child->err = errors[0];
    return code ? error_errno(err, code, "run `%s`", argv[0]) : 0;
}

static size_t rank_of(const struct child *child) {
    size_t rank = 0;
    while (child->marks && child->marks[rank] && !strstr(child->line, child->marks[rank]))
        rank++;
    return rank;
}

static void end_line(struct child *child) {
    child->line[child->length] = '\0';
    if (child->length && (!child->told[0] || rank_of(child) <= child->rank)) {
        child->rank = rank_of(child);
        memcpy(child->told, child->line, child->length + 1);
    }
    child->length = 0;
}

static void keep_telling_line(struct child *child, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n')
            end_line(child);
        else if (child->length < sizeof(child->line) - 1 && (child->length || (text[i] != ' ' && text[i] != '\t')))
            child->line[child->length++] = text[i];
    }
}

/* Reads what is there; closes *fd at the end of file. */
static int drain(struct child *child, int *fd, bool is_output, struct error *err) {
    char chunk[4096];
    ssize_t got = read(*fd, chunk, sizeof(chunk));
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (got < 0)
        return error_errno(err, errno, "read its output");
    if (got == 0) {
        close(*fd);
        *fd = -1;
        return 0;
    }
    if (is_output && child->output)
        buf_add(child->output, chunk, (size_t)got);
    keep_telling_line(child, chunk, (size_t)got);
    if (child->log >= 0 && (!is_output || !child->output) && write(child->log, chunk, (size_t)got) < 0)
        child->log = -1;
    return 0;
}

/* Reads the pipes until both are closed or the time is up. */
static int follow(struct child *child, const struct child_options *options, struct error *err) {
    int64_t deadline = clock_boottime_ms() + (options->timeout_s ? options->timeout_s : 60) * INT64_C(1000);
    while (child->out >= 0 || child->err >= 0) {
        struct pollfd fds[] = {{.fd = child->out, .events = POLLIN}, {.fd = child->err, .events = POLLIN}};
        int64_t left = deadline - clock_boottime_ms();
        if (left <= 0) {
            kill(child->pid, SIGKILL);
            return error_set(err, ETIMEDOUT, "no end after %u s", options->timeout_s);
        }
        int ready = poll(fds, 2, (int)left);
        if (ready < 0 && errno != EINTR)
            return error_errno(err, errno, "poll");
        if (ready <= 0) /* revents is not set then */
            continue;
        if ((fds[OUT].revents && drain(child, &child->out, true, err) < 0) ||
            (fds[ERR].revents && drain(child, &child->err, false, err) < 0)) {
            kill(child->pid, SIGKILL);
            return -1;
        }
    }
    return 0;
}

/* A log that became too long makes room for a new one: the root is RAM. */
static int open_log(const char *path) {
    char old[PATH_MAX];
    struct stat st;
    snprintf(old, sizeof(old), "%s.1", path);
    if (stat(path, &st) == 0 && st.st_size > CHILD_LOG_MAX)
        rename(path, old);
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

int child_run(const char *const *argv, const struct child_options *options, struct buf *ret_output, struct error *err) {
    __attribute__((cleanup(child_cleanup))) struct child child = {
        .out = -1, .err = -1, .log = -1, .output = ret_output, .marks = options->marks};
    if (options->log_path)
        child.log = open_log(options->log_path);
    if (spawn(&child, argv, options->input, err) < 0)
        return -1;
    int followed = follow(&child, options, err);
    end_line(&child);
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
              WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), child.told[0] ? child.told : "no message");
    return options->log_path ? error_remedy(err, "its output is in %s", options->log_path) : -1;
}

void child_die_with(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before the line above */
        _exit(127);
}

int child_start(const char *const *argv, pid_t *ret_pid, struct error *err) {
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        return error_errno(err, errno, "run `%s`", argv[0]);
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int fd = 0; fd < 3; fd++)
            dup2(null, fd);
        child_die_with(parent);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    *ret_pid = pid;
    return 0;
}

void child_end(pid_t *pid) {
    if (*pid > 0) {
        kill(*pid, SIGKILL);
        while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    *pid = 0;
}
