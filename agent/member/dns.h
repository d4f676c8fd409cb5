/* SPDX-License-Identifier: Apache-2.0
 * The cluster's DNS on more than one machine. kubeadm init starts both pods of CoreDNS on the only machine that there
 * is, and nothing moves them later. */
#pragma once
#include <stdbool.h>

struct agent;

/* Whether this machine made the cluster and its pods are still to be spread: AGENT_DNS_TO_SPREAD is there. */
bool dns_expects(void);

/* Spreads them when two nodes are Ready, and all masters have joined or some minutes are over. A failure is logged and
 * tried again at the next call. */
void dns_spread(struct agent *agent);
