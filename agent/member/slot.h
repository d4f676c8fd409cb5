/* SPDX-License-Identifier: Apache-2.0
 * Etcd's one place for a learner, where masters join as learners (K8S_ETCD_LEARNERS). Two masters may then join beside
 * each other: kubeadm waits for the place by itself. Only what comes before it cannot overlap: a later certificate key
 * makes the certificates unreadable that an earlier ticket's machine has not fetched yet. */
#pragma once
#include "error.h"

struct agent;
struct answer_pending;

/* 0: the ticket may be minted. -1 with EAGAIN: not yet, since another master joins and is no member so far. Removes the
 * learner of a machine whose join has ended without a vote: it would keep the place for ever. */
int slot_is_free(struct agent *agent, const struct answer_pending *ticket, struct error *err);
