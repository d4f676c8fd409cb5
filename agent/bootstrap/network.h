/* SPDX-License-Identifier: Apache-2.0
 * What must hold on the network before kubeadm runs: the VIP is nobody else's, and no firewall stands in between. */
#pragma once
#include "error.h"

struct agent;

/* Starts to listen for other clusters' VRRP advertisements, where this machine may become the first master. Called
 * early: the listening overlaps with the steps in between. */
int network_listen(struct agent *agent, struct error *err);

/* Nobody answers for the VIP or advertises its virtual router id. */
int network_vip_is_free(struct agent *agent, struct error *err);

/* Every port that this machine will need on the masters answers (article row R2); an error names the one that is
 * blocked. */
int network_masters_reachable(struct agent *agent, struct error *err);
