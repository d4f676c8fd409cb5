/* SPDX-License-Identifier: Apache-2.0
 * A master whose components do not follow what is new (member/caches.h) restarts them in its slot: the controllers that
 * lead, or its API server. */
#pragma once
#include "error.h"
#include <stdbool.h>

struct agent;
struct slot_record;

/* Whether something of this master is stale, by what the check wrote to AGENT_STALE. */
bool restart_due(struct agent *agent);

/* Takes the slot, works, and gives it back. */
int restart_once(struct agent *agent, const struct slot_record *record, struct error *err);
