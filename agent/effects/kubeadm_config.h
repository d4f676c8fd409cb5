/* SPDX-License-Identifier: Apache-2.0
 * The ConfigMap kube-system/kubeadm-config, with kubeadm's ClusterConfiguration. By the API server of this machine. */
#pragma once
#include "error.h"
#include "role.h"

/* Writes the image tags of etcd and CoreDNS that `target` has into it (decide/cluster_configuration.h). Repeatable. */
int kubeadm_config_follow(const struct role *role, const struct role *target, struct error *err);
