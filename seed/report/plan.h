/* SPDX-License-Identifier: Apache-2.0
 * The text of `seedctl plan`: what a site describes, and warnings. Pure. */
#pragma once
#include "buf.h"
#include "site/site.h"

/* etcd (Raft): of n >= 1 members, how many must run, and how many may fail. Article row R1. */
unsigned plan_quorum(unsigned n);
unsigned plan_tolerance(unsigned n);

/* Appends nodes, addresses, the quorum table and the site's warnings. */
void plan_text(const struct site *site, struct buf *ret);
/* Appends one line per warning; returns how many. */
unsigned plan_warnings(const struct site *site, struct buf *ret);
