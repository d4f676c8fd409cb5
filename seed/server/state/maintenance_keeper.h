/* SPDX-License-Identifier: Apache-2.0
 * The maintenance record in memory and in the store: an event is answered when its change is durable. */
#pragma once
#include "server/store/store.h"

struct maintenance_keeper {
    struct maintenance now;
    struct store *store;
    bool stale; /* a write failed: load before the next decision */
};

int maintenance_keeper_load(struct maintenance_keeper *keeper, struct store *store, struct error *err);

/* Lets time pass, then applies the event (NULL: none). -1: the store failed. */
int maintenance_keeper_apply(struct maintenance_keeper *keeper, const struct maintenance_event *event, int64_t now_ms,
                             enum maintenance_answer *ret_answer, struct error *err);
