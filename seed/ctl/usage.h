/* SPDX-License-Identifier: Apache-2.0
 * Texts about seedctl's commands, made from their table: help texts, and the synopsis of docs/seedctl.8. */
#pragma once
#include "command.h"
#include <stdio.h>

/* `seedctl COMMAND --help`. */
void usage_print(const struct command *command, FILE *to);

/* `seedctl --help`: a synopsis and a line for each command. */
void usage_print_all(const struct command *commands, size_t n, FILE *to);

/* `seedctl --synopsis`: the section SYNOPSIS of the manual page, mdoc(7). */
void usage_print_mdoc(const struct command *commands, size_t n, FILE *to);
