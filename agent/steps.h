/* SPDX-License-Identifier: Apache-2.0
 * The table of steps (docs/design.md), one row each. runner.h has what a row means. */
#pragma once
#include "agent.h"
#include "buf.h"

/* runner_run() of the table: returns after step 7 in the initramfs; step 13 never ends. */
int steps_run(struct agent *agent, struct error *err);

/* runner_plan() of the table. */
int steps_plan(struct agent *agent, struct buf *ret, struct error *err);
