/* SPDX-License-Identifier: Apache-2.0
 * The site's trust anchor (docs/tls.md): names that seedctl init, seed-server and seed-agent share. */
#pragma once

#define PKI_FOLDER "pki" /* ca.crt ca.key seed.crt seed.key operator.crt operator.key, below the site's folder */
#define PKI_SEED_NAME "seedrack-seed" /* the name in every seed's certificate: no address, since a seed may move */
#define PKI_OPERATOR_NAME "operator"  /* the subject's common name of the operator's certificate */
#define PKI_PIN_PREFIX "sha256:"

/* "sha256:" and the 64 hex digits of the SHA-256 of a DER-encoded SubjectPublicKeyInfo (RFC 5280, 4.1.2.7; as RFC 7469
 * and kubeadm's
 * --discovery-token-ca-cert-hash take it), and NUL. */
enum { PKI_KEY_SIZE = 64 + 1, PKI_PIN_SIZE = 7 + 64 + 1 };
