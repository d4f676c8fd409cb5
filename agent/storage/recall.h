/* SPDX-License-Identifier: Apache-2.0
 * What a machine's own disk remembers of it, before the seed was heard. */
#pragma once
#include "error.h"

struct agent;

/* An installed machine whose seed is away: claim, role document and layers of its last boot, from its own disk.
 * AGENT_STATE is bound there. */
int data_recall(struct agent *agent, struct error *err);

/* Before the disk is in use: the machine's key into AGENT_STATE, from the data partition that has one; without one
 * nothing is done. */
int data_copy_identity(struct error *err);
