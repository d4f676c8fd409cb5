/* SPDX-License-Identifier: Apache-2.0
 * Reports a host that is no master and answers for the VIP. VRRP and ARP have no authentication, so a host on the
 * segment can take the cluster's traffic. It cannot read it, since every client checks the API server's certificate
 * first. So it is an outage, and reported as one. */
#pragma once
#include "error.h"

struct agent;

struct guard {
    char told[18]; /* the MAC that was reported last; "": the masters have the VIP */
};

/* Looks once, and tells the seed and the log when the problem begins and when it is over. Takes half a second while
 * nobody has the VIP. */
void guard_vip(struct agent *agent, struct guard *guard);
