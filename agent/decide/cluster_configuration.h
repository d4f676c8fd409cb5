/* SPDX-License-Identifier: Apache-2.0
 * kubeadm's ClusterConfiguration as it lies in the cluster (ConfigMap kube-system/kubeadm-config): the versions of
 * etcd and CoreDNS in it. Pure. */
#pragma once
#include "buf.h"
#include "error.h"

/* Appends `text` with the image tags of another release: etcd.local.imageTag and, when `coredns` is not NULL,
 * dns.imageTag. kubeadm leaves alone what is written there: without the change it would keep the old etcd. A tag that
 * the text has not is left to kubeadm. ENOENT: it has none of etcd. */
int cluster_configuration_tags(const char *text, const char *etcd, const char *coredns, struct buf *ret,
                               struct error *err);
