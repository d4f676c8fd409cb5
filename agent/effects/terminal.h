/* SPDX-License-Identifier: Apache-2.0
 * The kernel's consoles: a screen that is drawn on, or a serial console that takes line after line, may be slow and may
 * hang. No function here waits. */
#pragma once
#include "decide/lines.h"
#include <stddef.h>

enum { TERMINALS_MAX = 8, TERMINAL_PENDING = 2 * LINES_SIZE };

struct terminal {
    int fd;             /* non-blocking */
    bool screen, drawn; /* drawn: the screen shows `shown` */
    struct panel_frame shown;
    char pending[TERMINAL_PENDING]; /* whole lines; the first may be partly printed (`begun`) */
    size_t n_pending;
    bool begun;
};

/* Opens the consoles of /sys/class/tty/console/active; returns how many could be opened. With `screens` the virtual
 * console is /dev/tty1 and is drawn on. From then on the kernel prints only emergencies and panics there (dmesg has the
 * rest), unless its command line asks for more. */
size_t terminals_open(struct terminal ret[TERMINALS_MAX], bool screens);

/* Queues the lines. If a slow console has no room for them, the oldest lines that are not partly printed are
 * dropped. */
void terminal_say(struct terminal *terminal, const char *lines, size_t length);

/* Writes some of the pending lines. To be called when poll(2) reports POLLOUT: then the kernel holds fewer than 256
 * bytes. */
void terminal_flush(struct terminal *terminal);

/* Draws what differs, in one write. */
void terminal_draw(struct terminal *terminal, const struct panel_frame *frame);

/* Whether the kernel's messages are kept off the consoles. They are not after an oops, or when a person asked for them;
 * then no screen is drawn. */
bool terminal_is_quiet(void);
