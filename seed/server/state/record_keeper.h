/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record in this process. record_next() decides, the store writes, and `now` changes only after the
 * change is durable. The lease is only in memory: after a restart it begins again in full. */
#pragma once
#include "record/record.h"
#include "server/store/store.h"

struct record_keeper {
    struct bootstrap_record now;
    struct store *store; /* borrowed */
    bool stale;          /* a write failed: load before the next decision */
};

int record_keeper_load(struct record_keeper *keeper, struct store *store, int64_t now_ms, struct error *err);

/* Applies the passing of time, then `seen` (a WITNESS event, or NULL), then `event` (or NULL); each is durable before
 * the next. 0 with *ret_answer, the answer to `event` (RECORD_GRANTED if that is NULL); -1 when the store failed
 * (ENOSPC: disk full). */
int record_keeper_apply(struct record_keeper *keeper, const struct record_event *seen, const struct record_event *event,
                        int64_t now_ms, enum record_answer *ret_answer, struct error *err);
