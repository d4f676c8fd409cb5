/* SPDX-License-Identifier: Apache-2.0
 * See console.h. */
#include "console.h"

#include "clock.h"
#include "file.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { CONSOLES_MAX = 8, STILL_MS = 10000 };

struct line { /* one write to the pipe, so whole or not at all (pipe(7)) */
    char step[24], state[12], code[CODE_SIZE], message[400];
};
_Static_assert(sizeof(struct line) <= PIPE_BUF, "a line is one atomic write");

/* /sys/class/tty/console/active: "tty0 ttyS0" */
static size_t open_all(int ret[CONSOLES_MAX]) {
    cleanup_buf struct buf active = BUF_INIT(256);
    struct error ignored;
    size_t n = 0;
    if (file_read("/sys/class/tty/console/active", &active, &ignored) < 0)
        return 0;
    for (const char *at = buf_text(&active); *at && n < CONSOLES_MAX;) {
        char path[64];
        size_t length = strcspn(at, " \n");
        snprintf(path, sizeof(path), "/dev/%.*s", (int)length, at);
        if (length && (ret[n] = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC)) >= 0)
            n++;
        at += length + strspn(at + length, " \n");
    }
    return n;
}

static void print(const int *consoles, size_t n, const struct line *line, int64_t still_ms) {
    char text[640], since[48] = "";
    if (still_ms)
        snprintf(since, sizeof(since), " (for %lld s)", (long long)still_ms / 1000);
    int length = snprintf(text, sizeof(text), "seedrack %7.1f s  %-9s %-8s %s%s%s%s%s\r\n", (double)clock_boottime_ms() / 1000, line->step, line->state,
                          line->message, line->code[0] ? " [" : "", line->code, line->code[0] ? "]" : "", since);
    for (size_t i = 0; i < n; i++)
        if (write(consoles[i], text, (size_t)length) < 0)
            continue; /* the others may still be read */
}

static void write_forever(int from, const int *consoles, size_t n) {
    struct line line = {0};
    int64_t since = clock_boottime_ms();
    for (;;) {
        struct pollfd wait = {.fd = from, .events = POLLIN};
        if (poll(&wait, 1, line.step[0] ? STILL_MS : -1) == 0) {
            if (strcmp(line.state, "done") != 0 && strcmp(line.state, "ready") != 0)
                print(consoles, n, &line, clock_boottime_ms() - since);
            continue;
        }
        struct line next;
        if (read(from, &next, sizeof(next)) != sizeof(next))
            _exit(0);
        if (strcmp(next.step, line.step) != 0 || strcmp(next.state, line.state) != 0 || strcmp(next.message, line.message) != 0) {
            since = clock_boottime_ms();
            print(consoles, n, &next, 0);
        }
        line = next;
    }
}

int console_start(void) {
    int consoles[CONSOLES_MAX], ends[2];
    size_t n = open_all(consoles);
    if (n == 0 || pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[1]);
        write_forever(ends[0], consoles, n);
    }
    close(ends[0]);
    for (size_t i = 0; i < n; i++)
        close(consoles[i]);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    return ends[1];
}

void console_tell(int console, const char *step, const char *state, enum code code, const char *message) {
    struct line line = {0};
    if (console < 0)
        return;
    snprintf(line.step, sizeof(line.step), "%s", step);
    snprintf(line.state, sizeof(line.state), "%s", state);
    snprintf(line.code, sizeof(line.code), "%s", code_name(code));
    snprintf(line.message, sizeof(line.message), "%s", message);
    if (write(console, &line, sizeof(line)) < 0)
        return; /* full: the reader sees the next one */
}
