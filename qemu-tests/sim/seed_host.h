/* SPDX-License-Identifier: Apache-2.0
 * The simulated seed's machine: its process comes and goes, its disk is lost, restored or replaced. */
#pragma once
#include "oracle.h"
#include "wire.h"

struct disk_image;
struct world;

void seed_host_receives(struct world *world, const struct request *request);
/* Answers the long-polls that are due. */
void seed_host_tell(struct world *world);

void seed_host_on(struct world *world, enum oracle_cause cause);
void seed_host_off(struct world *world);

void seed_host_replace(struct world *world, const struct disk_image *image); /* the database, by the operator */
void seed_host_roll_back(struct world *world);                               /* to the backup, by mistake */
void seed_host_lose(struct world *world);                                    /* the database, without a backup */
void seed_host_rearm(struct world *world);
