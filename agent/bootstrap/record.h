/* SPDX-License-Identifier: Apache-2.0
 * Reading the bootstrap record from the seed, and asking the seed to change its state (docs/bootstrap-record.md). */
#pragma once
#include "decide/journal.h"
#include "decide/record_view.h"
#include "seed/client.h"

struct world;

/* Gets the record: the present one with version 0, else long-polls up to wait_s seconds for one newer than `version`.
 * Sends `seen` along, so that a seed that was restored from an old backup learns what this machine remembers. */
int record_get(const struct world *world, struct seed_client *client, const struct record_id *seen, uint64_t version,
               unsigned wait_s, struct record_view *ret, struct error *err);

/* POST /v1/bootstrap/NAME: reserve, begin, commit (with id->ca_hash) or abort, under `id`. EEXIST: refused. */
int record_move(const struct world *world, struct seed_client *client, const char *name, const struct record_id *id,
                const struct record_id *seen, struct record_view *ret, struct error *err);

/* A member tells the seed what it remembers, as record_get() does. In QUARANTINE, which is logged with its remedy, a
 * master also proves the cluster that it is a member of: POST /v1/proofs (docs/api.md). */
int record_witness(const struct world *world, struct seed_client *client, const struct journal *journal, bool master,
                   struct error *err);
