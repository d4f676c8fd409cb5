/* SPDX-License-Identifier: Apache-2.0
 * When each machine's firmware last asked what to boot: of a machine that then stays silent nobody else tells. In
 * memory; anybody can ask in a machine's name, so it is a hint for people and decides nothing. */
#pragma once
#include "site/site.h"
#include "server/store/store.h"
#include <stddef.h>
#include <stdint.h>

struct boots {
    struct {
        char mac[STORE_MAC_SIZE];
        int64_t at_ms;
    } list[SITE_NODES_MAX]; /* machines of the site; of more, after changes of the site, the oldest goes */
    size_t n;
};

void boots_note(struct boots *boots, const char *mac, int64_t now_ms);
int64_t boots_at(const struct boots *boots, const char *mac); /* 0: never, since this server started */
