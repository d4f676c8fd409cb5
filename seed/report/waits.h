/* SPDX-License-Identifier: Apache-2.0
 * Why a machine is not Ready: the chain of waits, from it to the machine or the person that everything waits for. Pure,
 * from the seed's document GET /v1/nodes. */
#pragma once
#include "codes.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WAITS_MAX = 8 };

struct wait {
    char hostname[64];
    char what[480];       /* what it does or waits for, and whom; may hold bytes of the machine's own */
    char code[CODE_SIZE]; /* "" = none */
    int64_t since_ms;     /* age of its last word, -1 = it never spoke */
    bool ready;
};

/* Each waits for the one behind it. 0: the site has no machine of that name. */
size_t waits_chain(const cJSON *nodes, const char *hostname, struct wait list[static WAITS_MAX]);
