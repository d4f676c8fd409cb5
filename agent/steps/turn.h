/* SPDX-License-Identifier: Apache-2.0
 * The turns that masters take in a running cluster, by a Lease (effects/lease.h). */
#pragma once
#include "agent.h"

/* Waits for this master's turn, at most two minutes. 1: it has it. 0: no API server answers for five seconds, so that
 * nothing is served that could be missed. -1: another master has it for too long. `what` happens on one master at a
 * time, for the error.
 */
int turn_take(struct agent *agent, int (*take)(const struct role *role, struct error *err), const char *what,
              struct error *err);
void turn_drop(struct agent *agent, int (*drop)(const struct role *role, struct error *err));
