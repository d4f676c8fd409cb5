/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record as this process keeps it: lock_next() decides, the store remembers, and nothing is
 * believed before it is durable. The lease lives in memory only: after a restart it starts anew in full. */
#pragma once
#include "lock.h"
#include "store.h"

struct record {
    struct lock lock;
    struct store *store; /* borrowed */
    bool stale;          /* a write failed: load before the next decision */
};

int record_load(struct record *record, struct store *store, int64_t now_ms, struct error *err);

/* Lets time pass, applies `seen` (a WITNESS event, or NULL), then `event` (or NULL), each durable before the next.
 * 0 with *ret_answer (the event's; LOCK_GRANTED without one), or -1 when the store failed (ENOSPC: disk full). */
int record_apply(struct record *record, const struct lock_event *seen, const struct lock_event *event, int64_t now_ms,
                 enum lock_answer *ret_answer, struct error *err);
