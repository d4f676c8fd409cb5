/* SPDX-License-Identifier: Apache-2.0
 * A Ready master approves joiners' requests for the client certificate of their kubelet, each only for the joiner's own
 * name. */
#pragma once
#include "error.h"
#include "role.h"

struct agent;

/* Whether the release's API server has what this needs (certificates.k8s.io/v1). With older releases tokens are in
 * kubeadm's own group. */
bool approves(const struct role *role);

/* Creates the role bindings of joiners. To be called before the first ticket; idempotent. */
int approve_prepare(struct agent *agent, struct error *err);

/* Never returns; runs in a process of its own. */
void approve_forever(struct agent *agent) __attribute__((noreturn));
