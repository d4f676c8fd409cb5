/* SPDX-License-Identifier: Apache-2.0
 * See fstab.h. */
#include "fstab.h"

#include <stdio.h>
#include <string.h>

static bool entry_is_swap(const char *line, size_t length, bool (*is_swap)(const char *spec)) {
    char copy[512], spec[256], folder[256], type[64];
    if (length >= sizeof(copy))
        return false;
    memcpy(copy, line, length);
    copy[length] = '\0';
    if (sscanf(copy, " %255s %255s %63s", spec, folder, type) != 3 || spec[0] == '#')
        return false;
    return !strcmp(type, "swap") || is_swap(spec);
}

int fstab_without_swap(const char *text, bool (*is_swap)(const char *spec), struct buf *ret) {
    int changed = 0;
    while (*text) {
        const char *end = strchr(text, '\n');
        size_t length = end ? (size_t)(end - text) + 1 : strlen(text);
        if (entry_is_swap(text, length, is_swap)) {
            buf_adds(ret, "# swap is off for kubelet: ");
            changed++;
        }
        buf_add(ret, text, length);
        text += length;
    }
    return changed;
}
