/* SPDX-License-Identifier: Apache-2.0
 * When one of two etcd voters will never come back, there is no quorum, and without quorum no member can be removed.
 * The remaining machine starts over as the only voter (etcd, Disaster recovery: --force-new-cluster). Nothing is lost:
 * with two voters, whatever was committed is on both. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct world;

struct agent;
#include "error.h"

/* The machine `hostname` asks for a ticket, so it has wiped its data: removes its etcd member. 0 when it is no member
 * any more. EAGAIN: not yet, or quorum is missing for another reason. May be called again at any time, also after a
 * power cut. */
int quorum_without(struct agent *agent, const char *hostname, int64_t deadline_ms, struct error *err);

/* To be called when this machine is the only voter and `hostname` gets a ticket. Remembers the name durably, for
 * quorum_without(): after a restart without a leader etcd does not list its members. */
int quorum_expect(const struct world *world, const char *hostname, struct error *err);
bool quorum_expects(void);
int quorum_complete(const struct world *world, struct error *err); /* the second one runs, or a third is coming */
