/* SPDX-License-Identifier: Apache-2.0
 * A master's member of etcd whose database is mostly free pages becomes small again, in the slot. So does one that is
 * full: then etcd takes no writes, in the whole cluster, until room was made and its alarm is taken back. */
#pragma once
#include "error.h"
#include <stdbool.h>

struct agent;
struct slot_record;

/* Whether this master's member gains by it (decide/cluster.h), and was not tried in the last hour. */
bool defragment_due(struct agent *agent);

/* Takes the slot, works, and gives it back. */
int defragment_once(struct agent *agent, const struct slot_record *record, struct error *err);
