/* SPDX-License-Identifier: Apache-2.0
 * Whether somebody who is no master answers for the VIP. VRRP and ARP prove nothing, so a host on the segment can take
 * the cluster's traffic away; it cannot read it, since whoever speaks to the API server checks its certificate first.
 * It is an outage, and said as one. */
#pragma once
#include "error.h"

struct agent;

struct guard {
    char told[18]; /* the stranger's card that was told last; "": the VIP is the masters' */
};

/* Tells the seed and the log when it begins and when it is over. Half a second while nobody has the VIP. */
void guard_vip(struct agent *agent, struct guard *guard);
