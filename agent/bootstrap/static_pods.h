/* SPDX-License-Identifier: Apache-2.0
 * The static pods of a master. HAProxy may run on any master at any time. Keepalived may run only on a machine that may
 * hold the VIP, and only behind a firewall that accepts VRRP from the other masters alone. */
#pragma once
#include "buf.h"
#include "error.h"

struct agent;

/* Whether the files are as the role wants them: 1, 0 with the reason in *why, -1. */
int static_pods_haproxy_laid(struct agent *agent, struct buf *why, struct error *err);
int static_pods_keepalived_laid(struct agent *agent, struct buf *why, struct error *err);

int static_pods_lay_haproxy(struct agent *agent, struct error *err);

/* Called on the holder before kubeadm init, on other masters once they have joined (kube-vip#158, kubeadm#2507). */
int static_pods_lay_keepalived(struct agent *agent, struct error *err);
