/* SPDX-License-Identifier: Apache-2.0
 * What must be true of the network before kubeadm runs: nobody else has the VIP, and no firewall blocks a port that is
 * needed. */
#pragma once
#include "error.h"
#include <stddef.h>

struct agent;

/* Starts to listen for VRRP advertisements of other clusters, if this machine may become the first master. Called
 * early, so that the listening overlaps with the steps in between. */
int network_listen(struct agent *agent, struct error *err);

/* 0 when nobody answers ARP for the VIP and nobody advertises its virtual router id; else -1 with EADDRINUSE. */
int network_vip_is_free(struct agent *agent, struct error *err);

/* Every port that this machine will need on the masters answers (article row R2); an error names the one that is
 * blocked. */
int network_masters_reachable(struct agent *agent, struct error *err);

/* How many of the other masters answer on the API server's port, be it with a refusal. */
int network_count_masters(struct agent *agent, size_t *ret_count, struct error *err);
