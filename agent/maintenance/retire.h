/* SPDX-License-Identifier: Apache-2.0
 * What a living master does for a machine that leaves the cluster for good: it looks at what goes with it, and removes
 * its member of etcd and its Node. Its pods leave by drain.h; what it does itself is in retired.h. */
#pragma once
#include "error.h"
#include <stdbool.h>

struct agent;
struct drain;
struct slot_record;

/* Whether this master is the one that does the present step. */
bool retire_is_mine(struct agent *agent, const struct slot_record *record);

/* Goes on with it. 1: done, and told to the seed. 0: it takes longer; call again soon. -1: it failed, which halted the
 * order, or this machine's API server or etcd does not answer. */
int retire_help(struct agent *agent, const struct slot_record *record, struct drain *drain, struct error *err);
