/* SPDX-License-Identifier: Apache-2.0
 * Runs a table of steps. `done` looks at the machine and never at a progress file, so a reboot, a crash and a second
 * run are the same case. */
#pragma once
#include "agent.h"
#include "buf.h"

struct step {
    const char *name;
    enum code code; /* for a failure that has no code of its own */
    int (*done)(struct agent *agent, struct buf *why, struct error *err);
    int (*run)(struct agent *agent, struct error *err);
    bool (*wanted)(const struct role *role);               /* NULL: on every machine */
    int (*before)(struct agent *agent, struct error *err); /* called before each run; or NULL */
    uint64_t (*bytes)(const struct agent *agent);          /* how much the step fetched, for people; or NULL */
    bool needs_role;                                       /* `wanted` and `done` need the role document */
    bool follows_site; /* runs again, where not done, when the site of a running machine changes */
};

/* Runs the table from the top. A step that fails is tried again for ever, with backoff: a machine waits. Returns when
 * agent->leave is set, or at the table's end. Sets agent->follow_site(): after a change of the role document on a
 * running machine, that one runs the steps that follow the site and are not done under it, and nothing else. */
int runner_run(struct agent *agent, const struct step *steps, size_t n, struct error *err);

/* Appends what runner_run() would do here, and why: one line for each step. Changes nothing. */
int runner_plan(struct agent *agent, const struct step *steps, size_t n, struct buf *ret, struct error *err);
