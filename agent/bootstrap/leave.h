/* SPDX-License-Identifier: Apache-2.0
 * What comes before a wipe where members of etcd join as learners. A learner gets its vote in the middle of kubeadm
 * join. If the machine loses power before the end, the join is begun again and its data is wiped; but the vote counts
 * until the member is removed, and the others may have no quorum without it. So its etcd runs once more and gives the
 * vote back. */
#pragma once

struct agent;
#include "error.h"

/* 0: this machine's etcd has no vote, or its etcd does not start at all. EAGAIN: it has one and cannot give it back
 * now, because too few of the others run; its etcd keeps running, so that they have its vote. Starts kubelet. */
int leave_etcd(struct agent *agent, struct error *err);
