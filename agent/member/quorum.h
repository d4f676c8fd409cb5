/* SPDX-License-Identifier: Apache-2.0
 * Two etcd voters of which one will never come back have no quorum, and without one no member can be removed. The
 * machine that is left starts over as the only voter (etcd, Disaster recovery: --force-new-cluster). Nothing is lost:
 * from two voters nothing was ever committed that is not on both. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct world;

struct agent;
#include "error.h"

/* For a joiner, `hostname`, that asks for a ticket and so has wiped what it had: 0 when it is no etcd member any more.
 * EAGAIN until then, or when quorum is missing for another reason; may be called again at any time, also after a power
 * cut. */
int quorum_without(struct agent *agent, const char *hostname, int64_t deadline_ms, struct error *err);

/* This machine is the only voter and `hostname` gets a ticket: what quorum_without() knows of the members when etcd,
 * started anew without a leader, lists them to nobody. Durable on return. */
int quorum_expect(const struct world *world, const char *hostname, struct error *err);
bool quorum_expects(void);
int quorum_complete(const struct world *world, struct error *err); /* the second one runs, or a third is coming */
