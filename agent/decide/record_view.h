/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record as the seed's API shows it (docs/bootstrap-record.md). Pure. */
#pragma once
#include "bootstrap_record.h"
#include "error.h"
#include <cjson/cJSON.h>

struct record_view {
    uint64_t version;
    struct record_id id; /* ca_hash is set in INITIALISED and may be in QUARANTINE */
    enum record_state state;
    char holder[64];  /* "" = nobody */
    int64_t lease_ms; /* how long the lease still lasts; RESERVED only, else 0 */
};

int record_view_parse(const cJSON *tree, struct record_view *ret, struct error *err);
