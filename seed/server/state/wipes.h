/* SPDX-License-Identifier: Apache-2.0
 * The receipts of wipes: in the store, with a copy in memory. wipe_decide() decides. */
#pragma once
#include "server/store/store.h"
#include "record/wipe.h"

struct wipes {
    struct store *store; /* borrowed */
    struct wipe *list;
    size_t n;
};

int wipes_load(struct wipes *wipes, struct store *store, struct error *err);
void wipes_free(struct wipes *wipes);

/* Keeps the receipt; it replaces one with the same nonce. Durable on return. */
int wipes_put(struct wipes *wipes, const struct wipe *wipe, struct error *err);
