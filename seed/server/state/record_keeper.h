/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record as this process keeps it: record_next() decides, the store remembers, and nothing is
 * believed before it is durable. The lease lives in memory only: after a restart it starts anew in full. */
#pragma once
#include "record/record.h"
#include "server/store/store.h"

struct record_keeper {
    struct bootstrap_record now;
    struct store *store; /* borrowed */
    bool stale;          /* a write failed: load before the next decision */
};

int record_keeper_load(struct record_keeper *keeper, struct store *store, int64_t now_ms, struct error *err);

/* Lets time pass, applies `seen` (a WITNESS event, or NULL), then `event` (or NULL), each durable before the next.
 * 0 with *ret_answer (the event's; RECORD_GRANTED without one), or -1 when the store failed (ENOSPC: disk full). */
int record_keeper_apply(struct record_keeper *keeper, const struct record_event *seen, const struct record_event *event,
                        int64_t now_ms, enum record_answer *ret_answer, struct error *err);
