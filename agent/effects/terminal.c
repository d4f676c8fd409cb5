/* SPDX-License-Identifier: Apache-2.0
 * See terminal.h. console_ioctl(4), tty_ioctl(4), syslog(2). */
#include "terminal.h"

#include "file.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <unistd.h>

enum {
    SET_LEVEL = 8 /* SYSLOG_ACTION_CONSOLE_LEVEL */,
    EMERGENCIES = 1,
    QUIET = 4 /* CONSOLE_LOGLEVEL_QUIET, kernel-parameters.txt */,
    CHUNK = 256
};

bool terminal_is_quiet(void) {
    cleanup_buf struct buf text = BUF_INIT(64);
    struct error ignored;
    if (file_read("/proc/sys/kernel/printk", &text, &ignored) < 0)
        return true; /* not readable right now: the pivot moved /proc */
    return strtol(buf_text(&text), NULL, 10) <= QUIET;
}

static bool has_room(int fd) {
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row >= PANEL_ROWS && size.ws_col >= PANEL_COLUMNS;
}

/* "tty0" means the virtual console in front. tty1 is opened instead, so that a shell on another one is not drawn
 * over. */
static bool open_one(const char *name, bool screens, struct terminal *ret) {
    char path[64];
    bool virtual = screens && !strcmp(name, "tty0");
    snprintf(path, sizeof(path), "/dev/%s", virtual ? "tty1" : name);
    memset(ret, 0, sizeof(*ret));
    ret->fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    ret->screen = virtual && ret->fd >= 0 && has_room(ret->fd);
    return ret->fd >= 0;
}

size_t terminals_open(struct terminal ret[TERMINALS_MAX], bool screens) {
    cleanup_buf struct buf active = BUF_INIT(256);
    struct error ignored;
    size_t n = 0;
    bool any = false;
    if (file_read("/sys/class/tty/console/active", &active, &ignored) < 0)
        return 0;
    for (const char *at = buf_text(&active); *at && n < TERMINALS_MAX;) {
        char name[32];
        size_t length = strcspn(at, " \n");
        snprintf(name, sizeof(name), "%.*s", (int)length, at);
        if (length && open_one(name, screens, &ret[n]))
            any |= ret[n++].screen;
        at += length + strspn(at + length, " \n");
    }
    if (any && terminal_is_quiet())
        klogctl(SET_LEVEL, NULL, EMERGENCIES);
    return n;
}

static size_t line_end(const struct terminal *terminal, size_t at) {
    const char *end = memchr(terminal->pending + at, '\n', terminal->n_pending - at);
    return end ? (size_t)(end - terminal->pending) + 1 : terminal->n_pending;
}

static void terminal_forget(struct terminal *terminal, size_t from, size_t to) {
    memmove(terminal->pending + from, terminal->pending + to, terminal->n_pending - to);
    terminal->n_pending -= to - from;
}

void terminal_say(struct terminal *terminal, const char *lines, size_t length) {
    while (terminal->n_pending + length > sizeof(terminal->pending)) {
        size_t from = terminal->begun ? line_end(terminal, 0) : 0, to = line_end(terminal, from);
        if (to == from)
            return; /* more than there is room for at all */
        terminal_forget(terminal, from, to);
    }
    memcpy(terminal->pending + terminal->n_pending, lines, length);
    terminal->n_pending += length;
}

void terminal_flush(struct terminal *terminal) {
    ssize_t n = write(terminal->fd, terminal->pending, terminal->n_pending < CHUNK ? terminal->n_pending : CHUNK);
    if (n <= 0)
        return; /* it hangs or is gone; other consoles go on */
    terminal->begun = terminal->pending[n - 1] != '\n';
    terminal_forget(terminal, 0, (size_t)n);
}

void terminal_draw(struct terminal *terminal, const struct panel_frame *frame) {
    cleanup_buf struct buf text = BUF_INIT(8192);
    panel_changes(terminal->drawn ? &terminal->shown : NULL, frame, &text);
    if (!text.length)
        return;
    terminal->shown = *frame;
    terminal->drawn = !buf_failed(&text) && write(terminal->fd, text.data, text.length) == (ssize_t)text.length;
}
