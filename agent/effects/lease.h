/* SPDX-License-Identifier: Apache-2.0
 * Leases in the cluster by which the masters take turns (coordination.k8s.io/v1), also where the seed cannot order
 * them, because it is away or was restored from an old backup. */
#pragma once
#include "error.h"
#include "role.h"

/* That of whoever works on a master, seedrack-maintenance. Masters: takes it, or has it already. EAGAIN: another master
 * has it; the error names it. One that is older than an hour is of a machine that never came back, and counts no more.
 */
int lease_take(const struct role *role, struct error *err);
int lease_drop(const struct role *role, struct error *err);

/* That of the master whose HAProxy or Keepalived restarts, seedrack-front: the same, and a minute is old. */
int lease_take_front(const struct role *role, struct error *err);
int lease_drop_front(const struct role *role, struct error *err);

/* That of the master whose links change, seedrack-network: the same, and three minutes are old. */
int lease_take_network(const struct role *role, struct error *err);
int lease_drop_network(const struct role *role, struct error *err);
