/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record as the seed tells it (docs/bootstrap-record.md). Pure. */
#pragma once
#include "error.h"
#include "journal.h"
#include <cjson/cJSON.h>

enum record_state { RECORD_EMPTY, RECORD_RESERVED, RECORD_INITIALISING, RECORD_INITIALISED, RECORD_QUARANTINE };

struct record {
    uint64_t version;
    struct grant grant; /* its ca_hash is there in INITIALISED, and may be in QUARANTINE */
    enum record_state state;
    char holder[64];  /* "" = nobody */
    int64_t lease_ms; /* what is left of it; RESERVED only, else 0 */
};

int record_parse(const cJSON *tree, struct record *ret, struct error *err);
const char *record_state_name(enum record_state state);
