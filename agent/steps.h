/* SPDX-License-Identifier: Apache-2.0
 * The boot story: one row a step (docs/design.md). `done` observes the machine, never a progress file, so a reboot, a
 * crash and a second run are the same case. */
#pragma once
#include "agent.h"
#include "buf.h"

struct step {
    const char *name;
    enum code code; /* of a failure that has no code of its own */
    int (*done)(struct agent *agent, struct buf *why, struct error *err);
    int (*run)(struct agent *agent, struct error *err);
    bool (*wanted)(const struct role *role);               /* NULL: on every machine */
    int (*before)(struct agent *agent, struct error *err); /* taken before each run, or NULL */
    uint64_t (*bytes)(const struct agent *agent);          /* how much it moved, for people; NULL: nothing to tell */
    bool needs_role;   /* neither `wanted` nor `done` can be asked without the role document */
    bool follows_site; /* taken again where it differs when the site of a running machine changes */
};

/* Runs the table from the top until the last step holds. Failures are retried with backoff for ever: a machine waits.
 */
int steps_run(struct agent *agent, struct error *err);

/* Prints what would be done here, and why, one line a step. */
int steps_plan(struct agent *agent, struct buf *ret, struct error *err);
