/* SPDX-License-Identifier: Apache-2.0
 * See fstab.h. */
#include "fstab.h"

#include "cleanup.h"
#include <string.h>

static bool is_octal(char c, char last) {
    return c >= '0' && c <= last;
}

void fstab_unescape(char *text) {
    char *to = text;
    for (const char *from = text; *from; to++) {
        bool escaped = from[0] == '\\' && is_octal(from[1], '3') && is_octal(from[2], '7') && is_octal(from[3], '7');
        *to = escaped ? (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0')) : *from;
        from += escaped ? 4 : 1;
    }
    *to = '\0';
}

/* The next field of the line, NUL-terminated in place; NULL: there is none. */
static char *next_field(char **line) {
    char *field = *line + strspn(*line, " \t\n"), *end = field + strcspn(field, " \t\n");
    *line = *end ? end + 1 : end;
    *end = '\0';
    return *field ? field : NULL;
}

/* 1: it is; 0: it is not; -1: no memory. */
static int entry_is_swap(const char *text, size_t length, bool (*is_swap)(const char *spec)) {
    cleanup_free char *line = strndup(text, length);
    char *rest = line;
    if (!line)
        return -1;
    char *spec = next_field(&rest), *folder = spec ? next_field(&rest) : NULL,
         *type = folder ? next_field(&rest) : NULL;
    if (!type || spec[0] == '#')
        return 0;
    fstab_unescape(spec);
    return !strcmp(type, "swap") || is_swap(spec);
}

int fstab_without_swap(const char *text, bool (*is_swap)(const char *spec), struct buf *ret) {
    int changed = 0;
    while (*text) {
        const char *end = strchr(text, '\n');
        size_t length = end ? (size_t)(end - text) + 1 : strlen(text);
        int found = entry_is_swap(text, length, is_swap);
        if (found < 0)
            return -1;
        if (found) {
            buf_adds(ret, "# swap is off for kubelet: ");
            changed++;
        }
        buf_add(ret, text, length);
        text += length;
    }
    return changed;
}
