/* SPDX-License-Identifier: Apache-2.0
 * Reads a machine's identity and state from its own disk, before the seed answered. */
#pragma once
#include "error.h"
#include <stdbool.h>

struct agent;

/* For an installed machine whose seed is away: takes claim, role document and layers of its last boot from its own
 * disk, and binds AGENT_STATE there. */
int data_recall(struct agent *agent, struct error *err);

/* Before the disk is in use: copies the machine's key from its data partition to AGENT_STATE. 0 also when there is
 * none. `expected`: the machine booted from its own disk, so the disk is waited for. */
int data_copy_identity(bool expected, struct error *err);
