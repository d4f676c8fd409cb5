/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record as the seed tells it (docs/bootstrap-record.md). Pure. */
#pragma once
#include "bootstrap_record.h"
#include "error.h"
#include <cjson/cJSON.h>

struct record_view {
    uint64_t version;
    struct record_id id; /* its ca_hash is there in INITIALISED, and may be in QUARANTINE */
    enum record_state state;
    char holder[64];  /* "" = nobody */
    int64_t lease_ms; /* what is left of it; RESERVED only, else 0 */
};

int record_view_parse(const cJSON *tree, struct record_view *ret, struct error *err);
