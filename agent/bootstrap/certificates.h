/* SPDX-License-Identifier: Apache-2.0
 * A master that starts with certificates that ended while it was off, or end soon: kubeadm makes them anew before
 * kubelet starts. Nobody is asked, since a control plane whose certificates ended answers nobody; and nothing that runs
 * is interrupted. */
#pragma once
#include "error.h"
#include <stdbool.h>

struct agent;

/* Renews the certificates of this machine, by `kubeadm certs renew all`, when one of them has less than a third of its
 * configured validity left by this machine's clock. Kubelet, which renews its own while it runs, gets a new one of the
 * cluster's CA when it has ended. Fails with SR_CERT_CA when the CA itself has ended, and when new ones cannot be made
 * in the place of one that has ended. To be called on members alone, before kubelet starts; does nothing on a worker.
 * May be called again at any time. */
int certificates_renew_at_boot(struct agent *agent, struct error *err);

/* Which part of the configured validity is left when new ones are made, and when no slot is waited for any more. */
enum { CERTIFICATES_DUE = 3, CERTIFICATES_PRESSING = 25 };

/* Whether less than 1/`part` of the configured validity is left of one that kubeadm made. False on a worker. */
bool certificates_due(struct agent *agent, unsigned part);

/* Renews all that kubeadm made, and root's copy of its kubeconfig. What runs goes on with the old ones until it
 * restarts. */
int certificates_renew(struct agent *agent, struct error *err);

/* Whether this is a worker whose kubelet's certificate has ended: kubelet renews it while it runs, and this machine was
 * off for too long. Then it needs a ticket (rejoin.h). */
bool certificates_must_rejoin(struct agent *agent);
