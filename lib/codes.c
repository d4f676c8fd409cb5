/* SPDX-License-Identifier: Apache-2.0
 * See codes.h. */
#include "codes.h"

#include <string.h>

static const struct code_about list[CODES] = {
    {"", "", "", ""},
#define CODE(enumerator, name, title, causes, remedy) [enumerator] = {name, title, causes, remedy},
#include "codes.def"
#undef CODE
};

const struct code_about *code_about(enum code code) {
    return &list[code > SR_NONE && code < CODES ? code : SR_NONE];
}

const char *code_name(enum code code) {
    return code_about(code)->name;
}

enum code code_find(const char *name) {
    for (unsigned code = SR_NONE + 1; code < CODES; code++)
        if (!strcmp(list[code].name, name))
            return (enum code)code;
    return SR_NONE;
}

bool code_valid(const char *text) {
    size_t length = strlen(text);
    return length > 3 && length < CODE_SIZE && !strncmp(text, "SR-", 3) &&
           strspn(text + 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == length - 3;
}
