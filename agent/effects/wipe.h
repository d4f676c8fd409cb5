/* SPDX-License-Identifier: Apache-2.0
 * Removes what an interrupted kubeadm left. `kubeadm reset` alone is not enough: it keeps CNI state and, without an
 * etcd manifest, /var/lib/etcd (kubeadm#255). It also removes Seedrack's own static pods. */
#pragma once
#include "error.h"
#include "role.h"
#include <stdbool.h>

/* Whether kubeadm has left anything of a cluster on this machine. */
bool wipe_needed(void);

/* Stops kubelet, lets kubeadm reset remove the containers, then removes the files; durable on return. After an
 * interruption it is called again, because the journal says that a wipe began. */
int wipe_kubernetes(const struct role *role, struct error *err);

/* wipe_kubernetes(), and all else that this machine had of the cluster and of its role: pods' data, logs, secrets, the
 * role document. Not its own key, layers and images. */
int wipe_machine(const struct role *role, struct error *err);
