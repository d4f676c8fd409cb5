/* SPDX-License-Identifier: Apache-2.0
 * What comes before a wipe where members of etcd join as learners. A learner gets its vote in the middle of kubeadm
 * join. If the machine loses power before the end, the join is begun again and its data is wiped; but the vote counts
 * until the member is removed, and the others may have no quorum without it. So the vote is given back first: by
 * another master's etcd or, when that has no quorum, with this machine's own one, which runs once more for that. */
#pragma once
#include "error.h"
#include "role.h"
#include <stdbool.h>

struct agent;

/* Whether kubeadm join left an etcd that may have a vote. */
bool leave_has_etcd(const struct role *role);

/* 0: this machine has no vote, or its etcd does not start at all. EAGAIN: it may have one and cannot give it back now,
 * because too few of the others run; its etcd keeps running, so that they have its vote. May start kubelet. */
int leave_etcd(struct agent *agent, struct error *err);
