/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record, asked of the seed and moved by this machine (docs/bootstrap-record.md). */
#pragma once
#include "decide/record_view.h"
#include "seed/client.h"

struct world;

/* The record; one newer than `version` within wait_s seconds, or with version 0 the present one. `seen` goes with it: a
 * seed that was restored from an old backup hears what this machine remembers. */
int record_get(const struct world *world, struct seed_client *client, const struct record_id *seen, uint64_t version,
               unsigned wait_s, struct record_view *ret, struct error *err);

/* POST /v1/bootstrap/NAME: reserve, begin, commit (with id->ca_hash) or abort, under `id`. EEXIST: refused. */
int record_move(const struct world *world, struct seed_client *client, const char *name, const struct record_id *id,
                const struct record_id *seen, struct record_view *ret, struct error *err);

/* A member tells the seed what it remembers, as record_get() does; QUARANTINE is logged with its remedy. */
int record_witness(const struct world *world, struct seed_client *client, const struct record_id *seen,
                   struct error *err);
