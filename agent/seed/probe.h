/* SPDX-License-Identifier: Apache-2.0
 * Whether the seed answers, and is ours: GET /healthz. Its Date sets the clock, before any certificate is judged. */
#pragma once
#include "agent.h"

/* 0 with agent->seed_date set. EPERM: the seed of another site than the boot medium is for. */
int probe_seed(struct agent *agent, struct error *err);
