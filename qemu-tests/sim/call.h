/* SPDX-License-Identifier: Apache-2.0
 * A machine's calls to the seed, of its step 12 and of its minter. */
#pragma once
#include "machine.h"

void call_send(struct world *world, struct machine *m, struct request *request, int64_t timeout_ms);
void call_claim(struct world *world, struct machine *m, bool of_minter);
void call_record(struct world *world, struct machine *m);
void call_transition(struct world *world, struct machine *m, enum call which);
void call_ticket(struct world *world, struct machine *m, enum call which);

/* As step 13 does about once a minute: a seed that was restored from an old backup also learns of that from running
 * members. */
void call_as_witness(struct world *world, struct machine *m);
