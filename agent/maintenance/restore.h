/* SPDX-License-Identifier: Apache-2.0
 * The cluster is restored from a backup, when no master is left (docs/restore.md). A master that is no member puts what
 * the archive has into place, before it starts anything of Kubernetes; the rest is done by the member that it is then.
 */
#pragma once
#include "error.h"

struct agent;
struct slot_record;

/* To be called before a machine starts kubelet, or joins. 1: it was this machine's turn, and it is a member now. 0:
 * nothing is to be restored here, or the seed is away. -1: it failed, and the order halted; or, SR_RESTORED, this
 * master is of the time before the cluster was restored, and may not start. Waits while the order is halted. */
int restore_at_start(struct agent *agent, struct error *err);

/* To be called when a ticket has come: what this machine is about to join is the cluster of that restore. */
int restore_before_join(struct agent *agent, struct error *err);

/* A work_function of maintenance.c: the API answers, and the masters that are lost leave it. */
int restore_once(struct agent *agent, const struct slot_record *record, struct error *err);

/* A worker whose kubelet ran before the cluster was restored: kubelet restarts, since the API does not go on where it
 * was. Pods stay. Does nothing when there is nothing to do. SR_RESTORED: this is a master of before, and runs. */
int restore_follow(struct agent *agent, const struct slot_record *record, struct error *err);
