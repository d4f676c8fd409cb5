/* SPDX-License-Identifier: Apache-2.0
 * TLS of the seed: its certificate, from the folder that seedctl init made, and the identity of the other side (GnuTLS,
 * which libmicrohttpd uses). A machine is known only by its key, whatever certificate has the key: the claim binds it
 * (docs/tls.md). */
#pragma once
#include "error.h"
#include "pki.h"
#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

struct tls {
    char *authority, *certificate, *key; /* PEM texts */
    char pin[PKI_PIN_SIZE];              /* the authority's */
    unsigned generation;                 /* of the seed's certificate (lib/pki.h) */
    int64_t expires;                     /* when the seed's certificate ends, Unix seconds */
    unsigned port;                       /* the port that it listens on; 0: none yet */
};

/* TLS 1.2 and 1.3 alone (RFC 9325), in GnuTLS's words. */
#define TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

/* Loads ca.crt, seed.crt and seed.key of `folder`. Errors: others may read the key, key and certificate do not belong
 * together, or the certificate is not by this authority, not for PKI_SEED_NAME or not valid now. The caller owns *ret
 * (tls_free). */
int tls_load(const char *folder, struct tls *ret, struct error *err);
void tls_free(struct tls *tls);

struct tls_peer {
    char key[PKI_KEY_SIZE];       /* SHA-256 of the client's public key, hex; "": it sent no certificate */
    unsigned operator_generation; /* the generation of a certificate by the site's authority, for the operator; 0: it is
                                     none */
};
void tls_peer(struct MHD_Connection *connection, struct tls_peer *ret);
