/* SPDX-License-Identifier: Apache-2.0
 * The hash that pins a cluster's CA: kubeadm's --discovery-token-ca-cert-hash, sha256 over the certificate's DER
 * SubjectPublicKeyInfo (RFC 7469 section 2.4; kubeadm's pubkeypin package). */
#pragma once
#include "bootstrap_record.h"
#include "error.h"

/* Of the first certificate of a PEM file. */
int ca_hash_of_file(const char *path, char ret[CA_HASH_SIZE], struct error *err);
