/* SPDX-License-Identifier: Apache-2.0
 * A machine that leaves the cluster for good. It reboots, and from then on starts nothing; when others have taken it
 * out, what is ours on its disk goes, and it powers off. */
#pragma once
#include "error.h"

struct agent;
struct slot_record;

/* The work of a member in its turn: marks the disk, and reboots. */
int retired_leave(struct agent *agent, const struct slot_record *record, struct error *err);

/* Before anything of the cluster starts. 0: this machine is not retired. -1: it is, or may be; nothing starts. Goes on
 * with an order that is open, and then does not return. */
int retired_check(struct agent *agent, struct error *err);
