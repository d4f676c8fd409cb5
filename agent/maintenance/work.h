/* SPDX-License-Identifier: Apache-2.0
 * The work on one machine in its slot: a row of steps, each told to the seed before it is done. The first that fails
 * halts the order. */
#pragma once
#include "error.h"
#include <stddef.h>
#include <stdint.h>

struct agent;

/* What the work is about; the same for all of its steps. */
struct work {
    struct agent *agent;
    const char *kind; /* "renew" */
    int64_t token;    /* 0: without the slot */
    int soak_s;       /* how long all must be well at the end */
};

struct work_step {
    const char *name; /* as the record has it */
    int (*run)(const struct work *work, struct error *err);
};

/* Runs the steps. -1: one failed, which halted the order; with ECANCELED: the order was halted by somebody else, or the
 * slot taken away; or the seed is away or refuses, and the record still names this machine. */
int work_run(const struct work *work, const struct work_step *steps, size_t n, struct error *err);

/* Steps of more than one kind. Masters: the Lease that whoever is worked on has (effects/lease.h). */
int work_take_lease(const struct work *work, struct error *err);
int work_drop_lease(const struct work *work, struct error *err);

/* Ends services and pods in order, and reboots. Does not come back when all goes well. */
int work_reboot(struct agent *agent, struct error *err);
