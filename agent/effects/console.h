/* SPDX-License-Identifier: Apache-2.0
 * What a person in front of the machine reads, on every console the kernel has: on VGA a screen (panel.h), on serial
 * lines plain lines (lines.h). A process of its own writes, so that a console that hangs holds up neither the agent nor
 * the other consoles. */
#pragma once
#include "decide/panel.h"
#include <sys/types.h>

struct console {
    int fd; /* where it is told; -1: this machine has no console */
    pid_t pid;
};

/* Starts the process that writes. */
struct console console_start(void);

/* Never blocks, never fails. */
void console_tell(const struct console *console, const struct panel_news *news);

/* What was told is on the consoles, but for one that hangs; half a second at most. Nothing can be told any more. */
void console_stop(struct console *console);
