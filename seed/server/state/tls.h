/* SPDX-License-Identifier: Apache-2.0
 * TLS of the seed: its certificate out of the folder that seedctl init made, and who is at the other end (GnuTLS, which
 * libmicrohttpd speaks). A machine is known by its key alone, whatever certificate it wraps it in: the claim binds that
 * key (docs/tls.md). */
#pragma once
#include "error.h"
#include "pki.h"
#include <microhttpd.h>
#include <stdbool.h>

struct tls {
    char *authority, *certificate, *key; /* PEM texts */
    char pin[PKI_PIN_SIZE];              /* the authority's */
    unsigned port;                       /* where it listens; 0: nowhere yet */
};

/* TLS 1.2 and 1.3 alone (RFC 9325), in GnuTLS's words. */
#define TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

/* ca.crt, seed.crt and seed.key of `folder`. Refused: a key that others may read, one that is not the certificate's, a
 * certificate that is not by this authority, not for PKI_SEED_NAME or not valid now. The caller owns *ret (tls_free).
 */
int tls_load(const char *folder, struct tls *ret, struct error *err);
void tls_free(struct tls *tls);

struct tls_peer {
    char key[PKI_KEY_SIZE]; /* SHA-256 of its public key, hex; "": it showed no certificate */
    bool operator;          /* by our authority, for the operator */
};
void tls_peer(struct MHD_Connection *connection, struct tls_peer *ret);
