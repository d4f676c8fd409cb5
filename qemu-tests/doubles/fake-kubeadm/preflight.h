/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm (test double): those of kubeadm's preflight checks that see whether an earlier run was cleaned up
 * (kubernetes v1.20, cmd/kubeadm/app/preflight/checks.go: RunInitNodeChecks, RunJoinNodeChecks). */
#pragma once
#include "place.h"

enum preflight_of { PREFLIGHT_INIT = 1, PREFLIGHT_JOIN = 2, PREFLIGHT_JOIN_WORKER = 4, PREFLIGHT_JOIN_MASTER = 8 };

/* `of` is the union of what this call is. Errors read as kubeadm's; --ignore-preflight-errors is heeded. */
int preflight_run(struct call *call, unsigned of, struct error *err);
