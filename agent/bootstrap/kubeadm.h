/* SPDX-License-Identifier: Apache-2.0
 * Running kubeadm init, kubeadm join and kubeadm upgrade. */
#pragma once
#include "bootstrap_record.h"
#include "error.h"
#include <stdbool.h>

struct world;

/* Runs kubeadm with argv (NULL-terminated; first "kubeadm", or the path of another release's). On success its files are
 * durable (kubeadm itself does not sync) and ret_hash is the hash of the cluster's CA. kubeadm starts and restarts
 * kubelet by rc-service (agent/openrc.c). Its restart at the end of init makes kubelet mirror the static pods at once;
 * without it a joining master would look for etcd's mirror pod for 30 s, twice (kubernetes v1.20,
 * StaticPodMirroringDefaultRetry). */
int kubeadm_run(const struct world *world, const char *const *argv, char ret_hash[CA_HASH_SIZE], struct error *err);

/* Removes kubeadm's copies of what it changed: of etcd's data, manifests and kubelet's configuration. They are of no
 * use once all is well, and as large as the database. */
void kubeadm_remove_copies(const struct world *world);

/* Whether kubelet has its configuration and credentials, which kubeadm writes last. */
bool kubeadm_is_whole(void);

/* The hash of the cluster's CA on this machine. */
int kubeadm_ca_hash(const struct world *world, char ret_hash[CA_HASH_SIZE], struct error *err);
