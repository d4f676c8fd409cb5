/* SPDX-License-Identifier: Apache-2.0
 * DaemonSets of the namespace kube-system. By the API server of this machine. */
#pragma once
#include "error.h"
#include "role.h"

/* 0 when it is rolled out (decide/daemonset.h), or there is none of that name; EAGAIN: not yet. */
int daemonset_check(const struct role *role, const char *name, struct error *err);
