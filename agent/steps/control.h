/* SPDX-License-Identifier: Apache-2.0
 * The static pods of a master. HAProxy may run anywhere at any time; Keepalived only where the VIP may live. */
#pragma once
#include "agent.h"

/* Lays keepalived.conf and its static pod: on the init winner before kubeadm, on joiners once they have joined
 * (kube-vip#158, kubeadm#2507). */
int control_lay_keepalived(struct agent *agent, struct error *err);

/* root's kubeconfig, once kubeadm has made admin.conf. */
int control_lay_kubeconfig(struct error *err);
