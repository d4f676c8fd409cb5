/* SPDX-License-Identifier: Apache-2.0
 * Sees to it that the cluster has the rights with which the agents of the masters act (decide/rights.h). */
#pragma once
#include "http.h"
#include "role.h"

/* After a call was refused: writes what is missing of them, or all where they are of an older agent. `admin` may do
 * everything. How many objects it wrote; -1: the API server does not say, as while it starts. */
int rights_mend(const struct role *role, const struct http_options *admin, struct error *err);

/* Whether the answer to a call is a refusal by RBAC, and not by an admission webhook (kube-apiserver: responsewriters,
 * ForbiddenMessage). */
bool rights_lack(const struct http_reply *reply);
