/* SPDX-License-Identifier: Apache-2.0
 * The boot story: one row a step (docs/design.md). `done` observes the machine, never a progress file, so a reboot, a
 * crash and a second run are the same case. */
#pragma once
#include "agent.h"
#include "buf.h"

struct step {
    const char *name;
    enum code code;                          /* of a failure that has no code of its own */
    bool (*wanted)(const struct role *role); /* NULL: on every machine */
    /* 1 done, 0 not done with the reason appended to *why, -1 error. */
    int (*done)(struct agent *agent, struct buf *why, struct error *err);
    int (*run)(struct agent *agent, struct error *err);
};

extern const struct step steps[];
extern const size_t n_steps;

/* Runs the table from the top until the last step holds. Failures are retried with backoff for ever: a machine waits.
 */
int steps_run(struct agent *agent, struct error *err);

/* Prints what would be done here, and why, one line a step. */
int steps_plan(struct agent *agent, struct buf *ret, struct error *err);

/* The rows; each lives in steps/NAME.c. */
int link_done(struct agent *agent, struct buf *why, struct error *err);
int link_run(struct agent *agent, struct error *err);
int clock_done(struct agent *agent, struct buf *why, struct error *err);
int clock_run(struct agent *agent, struct error *err);
int claim_done(struct agent *agent, struct buf *why, struct error *err);
int claim_run(struct agent *agent, struct error *err);
int role_done(struct agent *agent, struct buf *why, struct error *err);
int role_run(struct agent *agent, struct error *err);
#define ROLE_NEXT ".next" /* after role.json and role.etag: those of a boot that has not all its layers yet */
int role_take_next(
    struct error *err); /* the document of this boot becomes the kept one, now that its layers are there */
int role_keep(struct agent *agent, const struct buf *text,
              struct error *err);                         /* as the last good document, with its etag */
int role_observe(struct agent *agent, struct error *err); /* the cached document, changing nothing */
int disk_done(struct agent *agent, struct buf *why, struct error *err);
int disk_run(struct agent *agent, struct error *err);
/* An installed machine whose seed is away: claim, role document and layers of its last boot, from its own disk. */
int disk_recall(struct agent *agent, struct error *err);
/* Before the disk is in use: the machine's key into AGENT_STATE, from the data partition that has one; without one
 * nothing is done. */
int disk_identity(struct error *err);
int layers_done(struct agent *agent, struct buf *why, struct error *err);
int layers_run(struct agent *agent, struct error *err);
bool installs(const struct role *role);
bool layer_wanted(const struct role_layer *layer); /* not one of another kernel */
bool layers_kept(const struct agent *agent);       /* its disk, if it has one, holds all that the next boot wants */
int layers_prefetch(struct agent *agent, struct error *err); /* on a running machine: so that layers_kept() holds */
void layers_forget(const struct agent *agent); /* from its disk what neither this boot nor the next wants */
int pivot_done(struct agent *agent, struct buf *why, struct error *err);
int pivot_run(struct agent *agent, struct error *err);
int host_done(struct agent *agent, struct buf *why, struct error *err);
int host_run(struct agent *agent, struct error *err);
int runtime_done(struct agent *agent, struct buf *why, struct error *err);
int runtime_run(struct agent *agent, struct error *err);
int kubelet_done(struct agent *agent, struct buf *why, struct error *err);
int kubelet_run(struct agent *agent, struct error *err);
bool is_master(const struct role *role);
int control_done(struct agent *agent, struct buf *why, struct error *err);
int control_run(struct agent *agent, struct error *err);
int bootstrap_done(struct agent *agent, struct buf *why, struct error *err);
int bootstrap_run(struct agent *agent, struct error *err);
int watch_done(struct agent *agent, struct buf *why, struct error *err);
int watch_run(struct agent *agent, struct error *err);
