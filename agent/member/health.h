/* SPDX-License-Identifier: Apache-2.0
 * Whether the control plane bears that a master comes or goes. */
#pragma once
#include "error.h"
#include "role.h"
#include <stdint.h>

struct world;

/* Masters: 0 when every etcd member is started and healthy, and every master that has a member answers /readyz. Else -1
 * with the member or API server named. */
int control_plane_healthy(const struct world *world, const struct role *role, struct error *err);

/* Until it is, or until `deadline_ms` (CLOCK_BOOTTIME). */
int control_plane_wait_healthy(const struct world *world, const struct role *role, int64_t deadline_ms,
                               struct error *err);
