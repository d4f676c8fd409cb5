/* SPDX-License-Identifier: Apache-2.0
 * Where this machine keeps its layers and its state. The data partition is found, or made under the wipe contract
 * (docs/disks.md); a diskless machine takes RAM and fetches all again at the next boot. */
#pragma once

enum { DATA_SETTLED_MS = 20000 /* after the kernel's start; by then every controller has found its disks */ };

#include "decide/paths.h"
#include "effects/block.h"
#include "role.h"

struct agent;

#define AGENT_DATA DATA_STATE "/agent" /* AGENT_STATE, before it is bound there */

/* Mounts DATA, copies what was written before it was mounted, and binds AGENT_STATE there. */
int data_attach(struct agent *agent, struct error *err);

/* The one disk that `selector` names. Waits until every controller has found its disks, unless the data partition is
 * there already: a disk that appears late may be the right one, or a second candidate. */
int data_choose(struct agent *agent, const struct role_disk *selector, struct disk *ret_disk, struct error *err);

/* Mounts the disk's data partition on DATA, and RAM on DATA_ROOT. */
int data_mount(const struct disk *disk, struct error *err);
