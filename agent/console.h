/* SPDX-License-Identifier: Apache-2.0
 * What a person in front of the machine reads, on every console the kernel has (VGA, serial): a line when something changes and,
 * while nothing does, a line now and then that says what is waited for and since when. */
#pragma once
#include "codes.h"

/* Starts the process that writes. Returns where to tell it, or -1 when this machine has no console. */
int console_start(void);

/* Never blocks, never fails: a stuck serial line holds up nothing. */
void console_tell(int console, const char *step, const char *state, enum code code, const char *message);
