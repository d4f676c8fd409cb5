/* SPDX-License-Identifier: Apache-2.0
 * See boots.h. */
#include "boots.h"

#include <stdio.h>
#include <strings.h>

static size_t boots_find(const struct boots *boots, const char *mac) {
    size_t i = 0;
    while (i < boots->n && strcasecmp(boots->list[i].mac, mac) != 0)
        i++;
    return i;
}

static size_t oldest(const struct boots *boots) {
    size_t found = 0;
    for (size_t i = 1; i < boots->n; i++)
        if (boots->list[i].at_ms < boots->list[found].at_ms)
            found = i;
    return found;
}

void boots_note(struct boots *boots, const char *mac, int64_t now_ms) {
    size_t i = boots_find(boots, mac);
    if (i == boots->n && i < SITE_NODES_MAX)
        boots->n++;
    else if (i == boots->n)
        i = oldest(boots);
    snprintf(boots->list[i].mac, sizeof(boots->list[i].mac), "%s", mac);
    boots->list[i].at_ms = now_ms;
}

int64_t boots_at(const struct boots *boots, const char *mac) {
    size_t i = boots_find(boots, mac);
    return i < boots->n ? boots->list[i].at_ms : 0;
}
