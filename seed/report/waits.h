/* SPDX-License-Identifier: Apache-2.0
 * Why a machine is not Ready: the chain from this machine to the machine or person that it finally waits for. Pure;
 * reads the seed's document GET /v1/nodes. */
#pragma once
#include "codes.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WAITS_MAX = 8 };

struct wait {
    char hostname[64];
    char what[480];       /* what it does, or what and whom it waits for; may contain bytes that the machine sent */
    char code[CODE_SIZE]; /* "" = none */
    int64_t since_ms;     /* age of its last event, milliseconds; -1: it never sent one */
    bool ready;
};

/* Fills in the chain: each waits for the next one. Returns its length; 0: the site has no machine of that name. */
size_t waits_chain(const cJSON *nodes, const char *hostname, struct wait list[static WAITS_MAX]);
