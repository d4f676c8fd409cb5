/* SPDX-License-Identifier: Apache-2.0
 * One run: machines, a seed, a network, an operator and their faults. All follow from one number. */
#pragma once
#include "machine.h"
#include "mutant.h"
#include "oracle.h"
#include "seed.h"
#include <stdio.h>

enum { ROLLBACK_SAVE, ROLLBACK_RESTORE, ROLLBACK_LOSS }; /* the serial of EVENT_ROLLBACK */

struct faults { /* per cent, or counts */
    unsigned drop, twice, slow, kubeadm_fails, finish_fails, seed_dies_inside, slow_disk, wrong_cluster;
};

enum count {
    COUNT_EVENTS,
    COUNT_INITS,
    COUNT_MACHINES_LOST,
    COUNT_SEEDS_LOST,
    COUNT_ROLLBACKS,
    COUNT_QUARANTINES,
    COUNT_REARMS,
    COUNT_RECOVERIES,
    COUNTS
};

struct world {
    struct random random;
    int64_t now;
    struct queue queue;
    struct disk disk;
    struct seed *seed;
    struct oracle oracle;
    struct machine machines[WIRE_MACHINES];
    int n_machines;
    struct faults faults;
    int64_t calm_at; /* after this time there are no faults */
    struct disk_image backup, newest;
    bool loses_database; /* when a cluster was committed */
    enum mutant mutant;
    unsigned serial;
    FILE *trace;             /* NULL: none */
    uint64_t counts[COUNTS]; /* of all runs */
};

struct world *world_new(void);

/* Makes run `number`. True: no invariant was violated; else world->oracle says which one. */
bool world_run(struct world *world, uint64_t number, enum mutant mutant, FILE *trace);

/* For machines: */
void world_plan(struct world *world, int64_t after_ms, const struct event *event);
/* An event without a body. */
void world_plan_kind(struct world *world, enum event_kind kind, int64_t after_ms, int machine);
void world_reply(struct world *world, const struct reply *answer);
void world_send(struct world *world, const struct request *request);
bool world_chance(struct world *world, unsigned percent); /* never once it is calm */
void world_trace(struct world *world, const struct machine *m, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
