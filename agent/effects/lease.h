/* SPDX-License-Identifier: Apache-2.0
 * The Lease in the cluster that whoever works on a master holds (coordination.k8s.io/v1): it orders the masters also
 * where the seed cannot, because it is away or was restored from an old backup. */
#pragma once
#include "error.h"
#include "role.h"

/* Masters: takes it, or has it already. EAGAIN: another master has it; the error names it. One that is older than an
 * hour is of a machine that never came back, and counts no more. */
int lease_take(const struct role *role, struct error *err);
int lease_drop(const struct role *role, struct error *err);
