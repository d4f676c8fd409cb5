/* SPDX-License-Identifier: Apache-2.0
 * The stable codes ("SR-DHCP-NONE") by which people, scripts and alerts know a failure or a wait, whatever its message
 * says. codes.def is the list. */
#pragma once
#include <stdbool.h>

enum code {
    SR_NONE,
#define CODE(enumerator, name, title, causes, remedy) enumerator,
#include "codes.def"
#undef CODE
    CODES
};

enum { CODE_SIZE = 28 }; /* "SR-", at most 24 of A-Z 0-9 and -, NUL */

struct code_about {
    const char *name, *title, *causes, *remedy;
};

const char *code_name(enum code code);               /* "" for SR_NONE */
const struct code_about *code_about(enum code code); /* all texts are "" for SR_NONE */
enum code code_find(const char *name);               /* SR_NONE: no such name */
bool code_valid(const char *text);                   /* "SR-" and 1..24 of A-Z 0-9 and -, whether it is known or not */
