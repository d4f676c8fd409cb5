/* SPDX-License-Identifier: Apache-2.0
 * The kernel's consoles: a screen that is drawn on, or a line that takes one line after the other and may be slow, or
 * hang. Nothing here waits. */
#pragma once
#include "decide/lines.h"
#include <stddef.h>

enum { TERMINALS_MAX = 8, TERMINAL_PENDING = 2 * LINES_SIZE };

struct terminal {
    int fd;             /* non-blocking */
    bool screen, drawn; /* drawn: `shown` is what is on it */
    struct panel_frame shown;
    char pending[TERMINAL_PENDING]; /* whole lines but for the first, which may have begun */
    size_t n_pending;
    bool begun;
};

/* Those of /sys/class/tty/console/active that open; returns how many. With `screens` the virtual console is the first
 * one, /dev/tty1, to be drawn on, and of the kernel only emergencies and a panic are heard from then on (dmesg has the
 * rest), unless the kernel was told to be loud. */
size_t terminals_open(struct terminal ret[TERMINALS_MAX], bool screens);

/* Lines that a slow line has no room for push out the oldest that have not begun. */
void terminal_say(struct terminal *terminal, const char *lines, size_t length);

/* Gives the line some of what is pending; to be called when poll(2) says POLLOUT: then the kernel holds less than 256
 * bytes back. */
void terminal_flush(struct terminal *terminal);

/* Draws what differs, in one write. */
void terminal_draw(struct terminal *terminal, const struct panel_frame *frame);

/* The kernel's own words are kept off the consoles. Not so after an oops, or where a person asked for them: then a
 * screen is not drawn on. */
bool terminal_is_quiet(void);
