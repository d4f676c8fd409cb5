/* SPDX-License-Identifier: Apache-2.0
 * Whether the control plane is healthy enough for a master to join or leave. */
#pragma once
#include "error.h"
#include "role.h"
#include <stdint.h>

struct world;

/* On masters: 0 when every etcd member is started and healthy, and the API server of every master with a member answers
 * /readyz. Else -1; the error names the member or the API server. */
int control_plane_healthy(const struct world *world, const struct role *role, struct error *err);

/* The same, and etcd may be full. */
int control_plane_serves(const struct world *world, const struct role *role, struct error *err);

/* Waits until it is healthy, at most until `deadline_ms` (CLOCK_BOOTTIME, milliseconds). */
int control_plane_wait_healthy(const struct world *world, const struct role *role, int64_t deadline_ms,
                               struct error *err);
