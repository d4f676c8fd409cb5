/* SPDX-License-Identifier: Apache-2.0
 * See console.h. */
#include "console.h"
#include "child.h"
#include "terminal.h"

#include "clock.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Only Seedrack's own root has this folder. Elsewhere the first virtual console is somebody's login. */
#define OUR_ROOT "/usr/lib/seedrack/boot"
enum { FRAME_MS = 250, SECOND_MS = 1000, LAST_WORDS_MS = 500 };

_Static_assert(sizeof(struct panel_news) <= PIPE_BUF,
               "news is one write to the pipe, so whole or not at all (pipe(7))");

struct writer {
    int from;
    struct terminal terminals[TERMINALS_MAX];
    size_t n;
    struct panel panel;
    struct lines lines;
    bool screens; /* one of the terminals is a screen */
    int64_t drawn_ms,
        frame_ms; /* when the last frame was drawn; when the next one is due, 0: not before there is news */
};

static void console_say(struct writer *writer, const struct buf *lines) {
    bool quiet = terminal_is_quiet();
    for (size_t i = 0; i < writer->n && !buf_failed(lines); i++) {
        struct terminal *terminal = &writer->terminals[i];
        if (terminal->screen && quiet)
            continue;
        terminal->drawn = false;
        terminal_say(terminal, lines->data, lines->length);
    }
}

static void draw(struct writer *writer, int64_t now_ms) {
    struct panel_frame frame;
    writer->drawn_ms = now_ms;
    writer->frame_ms = panel_is_still(&writer->panel) ? 0 : now_ms + SECOND_MS;
    bool quiet = terminal_is_quiet();
    panel_draw(&writer->panel, now_ms, &frame);
    for (size_t i = 0; i < writer->n; i++) {
        struct terminal *terminal = &writer->terminals[i];
        terminal->drawn &= quiet;
        if (terminal->screen && quiet)
            terminal_draw(terminal, &frame);
    }
}

/* False: there is no more. */
static bool console_take(struct writer *writer) {
    struct panel_news news;
    cleanup_buf struct buf lines = BUF_INIT(TERMINAL_PENDING);
    int64_t now_ms = clock_boottime_ms();
    if (read(writer->from, &news, sizeof(news)) != sizeof(news) || !news.state[0])
        return false;
    panel_take(&writer->panel, &news, now_ms);
    lines_take(&writer->lines, &writer->panel, now_ms, &lines);
    if (lines.length)
        console_say(writer, &lines);
    if (writer->screens)
        writer->frame_ms = writer->drawn_ms + FRAME_MS > now_ms ? writer->drawn_ms + FRAME_MS : now_ms;
    return true;
}

/* Draws and prints what is due by the clock. */
static void console_tick(struct writer *writer) {
    int64_t now_ms = clock_boottime_ms();
    if (writer->lines.still_ms && now_ms >= writer->lines.still_ms) {
        cleanup_buf struct buf lines = BUF_INIT(TERMINAL_PENDING);
        lines_still(&writer->lines, &writer->panel, now_ms, &lines);
        console_say(writer, &lines);
    }
    if (writer->frame_ms && now_ms >= writer->frame_ms)
        draw(writer, now_ms);
}

static int sooner(int timeout_ms, int64_t due_ms, int64_t now_ms) {
    if (!due_ms)
        return timeout_ms;
    int64_t left = due_ms > now_ms ? due_ms - now_ms : 0;
    return timeout_ms < 0 || left < timeout_ms ? (int)left : timeout_ms;
}

/* Waits for news, for room on a line, or until `timeout_ms` (-1: for ever). Returns whether there is news. */
static bool console_await(struct writer *writer, int timeout_ms) {
    struct pollfd wait[1 + TERMINALS_MAX] = {{.fd = writer->from, .events = POLLIN}};
    for (size_t i = 0; i < writer->n; i++)
        wait[1 + i] =
            (struct pollfd){.fd = writer->terminals[i].n_pending ? writer->terminals[i].fd : -1, .events = POLLOUT};
    if (poll(wait, 1 + writer->n, timeout_ms) <= 0)
        return false;
    for (size_t i = 0; i < writer->n; i++) {
        if (wait[1 + i].revents & POLLOUT)
            terminal_flush(&writer->terminals[i]);
        else if (wait[1 + i].revents)
            writer->terminals[i].n_pending = 0; /* unplugged: else poll would return at once for ever */
    }
    return wait[0].revents;
}

static void end(struct writer *writer) {
    int64_t until_ms = clock_boottime_ms() + LAST_WORDS_MS, now_ms;
    bool pending = true;
    if (writer->screens && writer->panel.now.state[0])
        draw(writer, clock_boottime_ms());
    writer->from = -1;
    while (pending && (now_ms = clock_boottime_ms()) < until_ms) {
        pending = false;
        for (size_t i = 0; i < writer->n; i++)
            pending |= writer->terminals[i].n_pending;
        if (pending)
            console_await(writer, (int)(until_ms - now_ms));
    }
    _exit(0);
}

static void write_forever(struct writer *writer) {
    for (size_t i = 0; i < writer->n; i++)
        writer->screens |= writer->terminals[i].screen;
    for (;;) {
        int64_t now_ms = clock_boottime_ms();
        int timeout_ms = sooner(sooner(-1, writer->lines.still_ms, now_ms), writer->frame_ms, now_ms);
        if (console_await(writer, timeout_ms) && !console_take(writer))
            end(writer);
        console_tick(writer);
    }
}

/* Returns in the parent alone: the process, or -1. */
static pid_t start_writer(struct writer *writer, int to) {
    pid_t parent = getpid(), pid = fork();
    if (pid != 0)
        return pid;
    child_die_with(parent);
    close(to);
    write_forever(writer);
    _exit(0);
}

struct console console_start(void) {
    struct writer writer = {0};
    struct console console = {.fd = -1, .pid = -1};
    int ends[2];
    writer.n =
        terminals_open(writer.terminals, access("/etc/initrd-release", F_OK) == 0 || access(OUR_ROOT, F_OK) == 0);
    if (writer.n && pipe2(ends, O_CLOEXEC) == 0) {
        writer.from = ends[0];
        console.pid = start_writer(&writer, ends[1]);
        console.fd = ends[1];
        close(ends[0]);
    }
    for (size_t i = 0; i < writer.n; i++)
        close(writer.terminals[i].fd);
    if (console.pid < 0 && console.fd >= 0) {
        close(console.fd);
        console.fd = -1;
    }
    if (console.fd >= 0)
        fcntl(console.fd, F_SETFL, O_NONBLOCK);
    return console;
}

void console_tell(const struct console *console, const struct panel_news *news) {
    if (console->fd >= 0 && write(console->fd, news, sizeof(*news)) < 0)
        return; /* the pipe is full: the next news repeats what still matters */
}

void console_stop(struct console *console) {
    static const struct panel_news last;
    if (console->fd < 0)
        return;
    if (write(console->fd, &last, sizeof(last)) == sizeof(last))
        waitpid(console->pid, NULL, 0);
    close(console->fd);
    console->fd = -1;
}
