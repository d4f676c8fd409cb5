/* SPDX-License-Identifier: Apache-2.0
 * The minter of a master that is a member: takes a request for a ticket, mints it, and sends it to the seed. */
#pragma once
#include "machine.h"

void minter_asks(struct world *world, struct machine *m);
void minter_answered(struct world *world, struct machine *m, const struct reply *reply);
void minter_mints(struct world *world, struct machine *m); /* mints what it took; if it took nothing, it asks again */
void minter_pauses(struct world *world, struct machine *m);
