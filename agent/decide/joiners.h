/* SPDX-License-Identifier: Apache-2.0
 * What the bootstrap token of a join ticket may do in the cluster: what kubeadm lets its own tokens do, in a group of
 * our own, but for one thing: its request for a certificate is not approved by itself (csr.h). A worker's may not read
 * the masters' certificates either. Pure. */
#pragma once
#include "buf.h"
#include <stdbool.h>

#define JOINERS_GROUP "system:bootstrappers:seedrack"
#define JOINERS_MASTERS_GROUP "system:bootstrappers:seedrack-master"

enum { JOINERS_BINDINGS = 6 };

/* The groups of a ticket's token, as `kubeadm token create --groups` wants them. */
const char *joiners_groups(bool master);

/* The n-th binding for a cluster of Kubernetes 1.`minor`: where it is made (POST) and its text. */
void joiners_binding(unsigned n, unsigned minor, struct buf *ret_path, struct buf *ret_body);
