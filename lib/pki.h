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
/* The generation of a certificate grows with each seedctl init --renew, and the site says the lowest that counts
 * (`network.generation`): a number, not a date, because clocks lie. A certificate of generation N has the names of all
 * generations up to N. So whoever wants at least M asks for the name of M, and TLS does the rest (RFC 9525). */
enum { PKI_GENERATION_MAX = 64, PKI_NAME_SIZE = 32 };
#define PKI_GENERATION_HEADER "Seedrack-Generation" /* by TLS: the lowest that counts, when that is above 1 */

/* `name` for generation 1, else "gN.name". */
void pki_name(const char *name, unsigned generation, char ret[PKI_NAME_SIZE]);

enum { PKI_KEY_SIZE = 64 + 1, PKI_PIN_SIZE = 7 + 64 + 1 };
