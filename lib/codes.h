/* SPDX-License-Identifier: Apache-2.0
 * The stable codes ("SR-DHCP-NONE") of failures and waits, for people, scripts and alerts. A code stays the same when
 * the message changes. codes.def is the list. */
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
enum code code_find(const char *name);               /* SR_NONE: there is no such name */
bool code_valid(const char *text);                   /* the form alone: "SR-" and 1..24 of A-Z 0-9 and - */
