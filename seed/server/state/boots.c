/* SPDX-License-Identifier: Apache-2.0
 * See boots.h. */
#include "boots.h"

#include <stdio.h>
#include <string.h>
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
        if (boots->list[i].spoke_ms < boots->list[found].spoke_ms)
            found = i;
    return found;
}

/* The machine's entry; a new one is empty. */
static size_t boots_take(struct boots *boots, const char *mac, int64_t now_ms) {
    size_t i = boots_find(boots, mac);
    if (i == boots->n) {
        i = i < SITE_NODES_MAX ? boots->n++ : oldest(boots);
        memset(&boots->list[i], 0, sizeof(boots->list[i]));
        snprintf(boots->list[i].mac, sizeof(boots->list[i].mac), "%s", mac);
    }
    boots->list[i].spoke_ms = now_ms;
    return i;
}

void boots_note(struct boots *boots, const char *mac, int64_t now_ms) {
    boots->list[boots_take(boots, mac, now_ms)].at_ms = now_ms;
}

void boots_refuse(struct boots *boots, const char *mac, const char *why, int64_t now_ms) {
    if (!why[0] && boots_find(boots, mac) == boots->n)
        return;
    size_t i = boots_take(boots, mac, now_ms);
    snprintf(boots->list[i].refused, sizeof(boots->list[i].refused), "%s", why);
}

const char *boots_refused(const struct boots *boots, const char *mac) {
    size_t i = boots_find(boots, mac);
    return i < boots->n ? boots->list[i].refused : "";
}

int64_t boots_at(const struct boots *boots, const char *mac) {
    size_t i = boots_find(boots, mac);
    return i < boots->n ? boots->list[i].at_ms : 0;
}
