/* SPDX-License-Identifier: Apache-2.0
 * When each machine's firmware last asked what to boot: the only trace of a machine that stays silent after that. In
 * memory. Anybody can ask with any MAC, so this is a hint for people and decides nothing. */
#pragma once
#include "site/site.h"
#include "server/store/store.h"
#include <stddef.h>
#include <stdint.h>

struct boots {
    struct {
        char mac[STORE_MAC_SIZE];
        int64_t at_ms;
    } list[SITE_NODES_MAX]; /* machines of the site; when it is full the oldest entry is replaced */
    size_t n;
};

void boots_note(struct boots *boots, const char *mac, int64_t now_ms);
int64_t boots_at(const struct boots *boots, const char *mac); /* 0: never, since this server started */
