/* SPDX-License-Identifier: Apache-2.0
 * What etcd says of itself in its metrics (Prometheus text format), which it serves when it serves no client: after a start, until there
 * is a leader. Pure. */
#pragma once
#include <stdbool.h>

/* It has no leader, and exactly one other member that it knows of. */
bool etcd_metrics_waits_for_one(const char *text);
