/* SPDX-License-Identifier: Apache-2.0
 * The rows of the table in agent/steps.c; each is in the file of its name. NAME_done() looks at the machine and changes
 * nothing: 1 done; 0 not done, with the reason appended to *why; -1 error. NAME_run() makes it so: 0, or -1 with
 * err. */
#pragma once
#include "agent.h"
#include "buf.h"

int link_done(struct agent *agent, struct buf *why, struct error *err);
int link_run(struct agent *agent, struct error *err);
int clock_done(struct agent *agent, struct buf *why, struct error *err);
int clock_run(struct agent *agent, struct error *err);
int claim_done(struct agent *agent, struct buf *why, struct error *err);
int claim_run(struct agent *agent, struct error *err);
int role_done(struct agent *agent, struct buf *why, struct error *err);
int role_run(struct agent *agent, struct error *err);
int role_observe(struct agent *agent, struct error *err); /* reads the document on the disk; changes nothing */
int disk_done(struct agent *agent, struct buf *why, struct error *err);
int disk_run(struct agent *agent, struct error *err);
int layers_done(struct agent *agent, struct buf *why, struct error *err);
int layers_run(struct agent *agent, struct error *err);
int pivot_done(struct agent *agent, struct buf *why, struct error *err);
int pivot_run(struct agent *agent, struct error *err);
int host_done(struct agent *agent, struct buf *why, struct error *err);
int host_run(struct agent *agent, struct error *err);
int runtime_done(struct agent *agent, struct buf *why, struct error *err);
int runtime_run(struct agent *agent, struct error *err);
int kubelet_done(struct agent *agent, struct buf *why, struct error *err);
int kubelet_run(struct agent *agent, struct error *err);
int control_done(struct agent *agent, struct buf *why, struct error *err);
int control_run(struct agent *agent, struct error *err);
int bootstrap_done(struct agent *agent, struct buf *why, struct error *err);
int bootstrap_run(struct agent *agent, struct error *err);
int watch_done(struct agent *agent, struct buf *why, struct error *err);
int watch_run(struct agent *agent, struct error *err); /* returns only on error */
