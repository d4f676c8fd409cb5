/* SPDX-License-Identifier: Apache-2.0
 * The simulated seed: the real record, tickets, claims and store on the simulated disk, without HTTP. */
#pragma once
#include "disk.h"
#include "oracle.h"
#include "wire.h"

struct seed;

struct seed *seed_new(struct disk *disk, struct oracle *oracle, struct random *random);

/* Opens the database, as the process does when it starts. -1: the power was lost again, or (a violation) it cannot be
 * opened. */
int seed_start(struct seed *seed, int64_t now, enum oracle_cause cause);
void seed_stop(struct seed *seed);
bool seed_is_up(const struct seed *seed);

enum seed_does { SEED_ANSWERS, SEED_WAITS /* a long-poll */, SEED_DIES };
enum seed_does seed_handle(struct seed *seed, int64_t now, const struct request *request, struct reply *ret);

/* seed_tick() applies the passing of time. Then seed_wake() gives the answers to due long-polls, one for each call,
 * until it returns false. */
enum seed_does seed_tick(struct seed *seed, int64_t now);
bool seed_wake(struct seed *seed, int64_t now, struct reply *ret);

enum seed_does seed_rearm(struct seed *seed, int64_t now);
/* The operator believes what the master `hostname` proves. */
enum seed_does seed_recover(struct seed *seed, int64_t now, const char *hostname, const struct record_id *proof);
