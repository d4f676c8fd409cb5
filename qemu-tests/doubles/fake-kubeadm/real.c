/* SPDX-License-Identifier: Apache-2.0
 * See real.h. Its output is shown line by line, marked as its own. */
#include "real.h"

#include "cleanup.h"
#include "clock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

enum { REAL_S = 120, OUTPUT_MAXIMUM = 65536, ARGUMENTS_MAX = 64 };

static int spawn(char *const *argv, pid_t *ret_pid, int *ret_errors, struct error *err) {
    int errors[2];
    posix_spawn_file_actions_t actions;
    if (pipe2(errors, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0); /* `config migrate` prints the token */
    posix_spawn_file_actions_adddup2(&actions, errors[1], 2);
    int code = posix_spawn(ret_pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(errors[1]);
    if (code) {
        close(errors[0]);
        return error_errno(err, code, "the real kubeadm, `%s`", argv[0]);
    }
    *ret_errors = errors[0];
    return 0;
}

/* Until the end of file or of the time; what is beyond the maximum is read and dropped. */
static bool collect(int fd, struct buf *ret) {
    int64_t deadline = clock_boottime_ms() + REAL_S * INT64_C(1000);
    for (;;) {
        char chunk[4096];
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left = deadline - clock_boottime_ms();
        if (left <= 0)
            return false;
        if (poll(&wait, 1, (int)left) <= 0)
            continue;
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got == 0 || (got < 0 && errno != EINTR))
            return true;
        if (got > 0)
            buf_add(ret, chunk, (size_t)got);
    }
}

/* The exit status, or -1. *ret: what it printed on stderr. */
static int run(char *const *argv, struct buf *ret, struct error *err) {
    pid_t pid;
    cleanup_close int errors = -1;
    int status;
    if (spawn(argv, &pid, &errors, err) < 0)
        return -1;
    bool ended = collect(errors, ret);
    if (!ended)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!ended)
        return error_set(err, ETIMEDOUT, "the real kubeadm: no end after %d s", REAL_S);
    return WIFEXITED(status) ? WEXITSTATUS(status)
                             : error_set(err, -1, "the real kubeadm: signal %d", WTERMSIG(status));
}

/* Without klog's "W1124 13:00:00.000000 7 strict.go:54] ". */
static const char *without_stamp(const char *line) {
    const char *end = strstr(line, "] ");
    return line[0] && strchr("IWE", line[0]) && line[1] >= '0' && line[1] <= '9' && end ? end + 2 : line;
}

static bool is_warning_of_schema(const char *line) {
    return strstr(line, "error unmarshaling configuration") || strstr(line, "unknown configuration");
}

/* Shows every line; keeps the first that refuses, or warns that something is not understood. */
static void relay(const char *text, bool refused, char ret_telling[512]) {
    while (*text) {
        char line[1024];
        size_t length = strcspn(text, "\n");
        snprintf(line, sizeof(line), "%.*s", (int)length, text);
        text += length + (text[length] == '\n');
        bool telling = is_warning_of_schema(line) || (refused && line[0] && line == without_stamp(line));
        if (line[0] && (telling || refused))
            say("the real kubeadm: %s", line);
        const char *detail = strstr(line, "json: "); /* before it only the name of a Go type */
        if (telling && !ret_telling[0])
            snprintf(ret_telling, 512, "%.500s", detail ? detail : without_stamp(line));
    }
}

static int accepts(struct call *call, char *const *argv, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(OUTPUT_MAXIMUM);
    char telling[512] = "";
    int status = run(argv, &text, err);
    if (status < 0)
        return -1;
    relay(buf_text(&text), status != 0, telling);
    if (status != 0) {
        call->status = status;
        return error_set(err, -1, "[ERROR RealKubeadm]: %s", telling[0] ? telling : "it fails without a word");
    }
    if (!telling[0])
        return 0;
    error_set(err, -1, "[ERROR RealKubeadm]: %s", telling);
    return error_remedy(err, "the real kubeadm warns and goes on, the test double refuses");
}

int real_become(struct call *call, struct error *err) {
    say("the answer is the real kubeadm's, %s", call->place.real);
    execv(call->place.real, call->argv);
    return error_errno(err, errno, "the real kubeadm, `%s`", call->place.real);
}

int real_accepts_flags(struct call *call, struct error *err) {
    char *argv[ARGUMENTS_MAX + 2] = {(char *)call->place.real};
    if (call->argc > ARGUMENTS_MAX)
        return error_set(err, E2BIG, "more than %d arguments", ARGUMENTS_MAX);
    for (int i = 1; i < call->argc; i++)
        argv[i] = call->argv[i];
    argv[call->argc] = "--help";
    return accepts(call, argv, err);
}

int real_accepts_init(struct call *call, const char *config, struct error *err) {
    char *const argv[] = {(char *)call->place.real, "config", "images", "list", "--config", (char *)config, NULL};
    return accepts(call, argv, err);
}

int real_accepts_join(struct call *call, const char *config, struct error *err) {
    char *const argv[] = {(char *)call->place.real, "config", "migrate", "--old-config", (char *)config, NULL};
    return accepts(call, argv, err);
}
