/* SPDX-License-Identifier: Apache-2.0
 * Where this machine keeps its layers and its state. The data partition is found, or made under the wipe contract
 * (docs/disks.md); a diskless machine takes RAM and fetches all again at the next boot. */
#pragma once
#include "decide/paths.h"
#include "effects/block.h"
#include "role.h"

struct agent;

#define AGENT_DATA DATA_STATE "/agent" /* AGENT_STATE, before it is bound there */

/* DATA is mounted, what was written before there was a place is on it, and AGENT_STATE is bound there. */
int data_attach(struct agent *agent, struct error *err);

/* The one disk that `selector` names. Waits until every controller has told its disks, unless the data partition is
 * there: a disk that is still on its way may be the right one, or make two of one. */
int data_choose(struct agent *agent, const struct role_disk *selector, struct disk *ret_disk, struct error *err);

/* On DATA, with RAM on DATA_ROOT. */
int data_mount(const struct disk *disk, struct error *err);
