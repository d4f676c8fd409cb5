/* SPDX-License-Identifier: Apache-2.0
 * A living master answers what joiners ask the API server for: the certificate of their kubelet, in their own name. */
#pragma once
#include "error.h"
#include "role.h"

struct agent;

/* From this release on the API server has what this needs (certificates.k8s.io/v1); before, kubeadm's own tokens are
 * used. */
bool approves(const struct role *role);

/* Before the first ticket: what joiners may do in the cluster. Idempotent. */
int approve_prepare(struct agent *agent, struct error *err);

/* Never returns; in a process of its own. */
void approve_forever(struct agent *agent) __attribute__((noreturn));
