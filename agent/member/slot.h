/* SPDX-License-Identifier: Apache-2.0
 * Etcd's one place for a learner, where masters join as learners (K8S_ETCD_LEARNERS). */
#pragma once
#include "error.h"

struct agent;

/* 0: a ticket may be minted for the master `hostname`. -1 with EAGAIN: another master is in the middle of its join,
 * also when the seed restarted and has forgotten that: its bootstrap token says so. A ticket now would make the
 * certificates unreadable that it may not have fetched yet. Removes a learner whose join has ended without a vote, or
 * whose machine has left the site: it would keep the place for ever. */
int slot_is_free(struct agent *agent, const char *hostname, struct error *err);

/* Removes the etcd pods of masters that are no members of etcd from the API. kubeadm join asks the addresses in these
 * pods for members, and one that is gone keeps it waiting. On every release. */
int slot_drop_stale_pods(struct agent *agent, struct error *err);
