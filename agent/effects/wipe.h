/* SPDX-License-Identifier: Apache-2.0
 * Removing what an interrupted kubeadm left. `kubeadm reset` alone is not enough: it keeps CNI state and, without an
 * etcd manifest, /var/lib/etcd (kubeadm#255), and it empties the manifests folder, ours included. */
#pragma once
#include "error.h"
#include "role.h"
#include <stdbool.h>

/* Whether kubeadm has left anything of a cluster on this machine. */
bool wipe_needed(void);

/* Stops kubelet, lets kubeadm reset remove its containers, then removes our own list; durable on return. Starts over
 * when interrupted: the journal says that a wipe began. */
int wipe_kubernetes(const struct role *role, struct error *err);
