/* SPDX-License-Identifier: Apache-2.0
 * Shows a person in front of the machine what happens, on every console that the kernel has: on VGA a screen (panel.h),
 * on serial consoles plain lines (lines.h). A separate process writes, so that a console that hangs stops neither the
 * agent nor the other consoles. */
#pragma once
#include "decide/panel.h"
#include <sys/types.h>

struct console {
    int fd; /* the pipe to the process; -1: this machine has no console */
    pid_t pid;
};

/* Starts the process that writes. */
struct console console_start(void);

/* Never blocks, never fails. */
void console_tell(const struct console *console, const struct panel_news *news);

/* Waits, half a second at most, until the consoles show all that was told, and ends the process. Nothing can be told
 * after that. */
void console_stop(struct console *console);
