/* SPDX-License-Identifier: Apache-2.0
 * What the bootstrap token of a join ticket may do in the cluster. It is in a group of Seedrack's and has the rights of
 * kubeadm's own tokens, with two exceptions: its request for a certificate is not approved automatically (csr.h), and
 * the token of a worker may not read the masters' certificates. Pure. */
#pragma once
#include "buf.h"
#include <stdbool.h>

#define JOINERS_GROUP "system:bootstrappers:seedrack"
#define JOINERS_MASTERS_GROUP "system:bootstrappers:seedrack-master"

enum { JOINERS_BINDINGS = 6 };

/* The groups of a ticket's token, as `kubeadm token create --groups` wants them. */
const char *joiners_groups(bool master);

/* The n-th binding for a cluster of `release`, "v1.20.2": the path to POST it to, and its text. */
void joiners_binding(unsigned n, const char *release, struct buf *ret_path, struct buf *ret_body);

/* The names of the roles that these bindings bind, of the cluster (`everywhere`) or of kube-system, separated by
 * spaces. */
void joiners_roles(bool everywhere, const char *release, struct buf *ret);
