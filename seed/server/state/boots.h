/* SPDX-License-Identifier: Apache-2.0
 * When each machine's firmware last asked what to boot, and why its claim was last refused: the only traces of a
 * machine that the seed does not know. In memory. Anybody can ask with any MAC, so this is a hint for people and
 * decides nothing. */
#pragma once
#include "site/site.h"
#include "server/store/store.h"
#include <stddef.h>
#include <stdint.h>

struct boots {
    struct {
        char mac[STORE_MAC_SIZE];
        int64_t at_ms;      /* of the boot script; 0: never */
        int64_t spoke_ms;   /* of either */
        char refused[192];  /* "": no claim was refused since the last one that was taken */
    } list[SITE_NODES_MAX]; /* machines of the site; when it is full the oldest entry is replaced */
    size_t n;
};

void boots_note(struct boots *boots, const char *mac, int64_t now_ms);
/* `why` "": the claim was taken. */
void boots_refuse(struct boots *boots, const char *mac, const char *why, int64_t now_ms);
const char *boots_refused(const struct boots *boots, const char *mac); /* "": not */
int64_t boots_at(const struct boots *boots, const char *mac);          /* 0: never, since this server started */
