/* SPDX-License-Identifier: Apache-2.0
 * Signing with the key of the cluster's CA, which masters alone have (/etc/kubernetes/pki/ca.key). */
#pragma once
#include "error.h"

enum { CA_SIGNATURE_SIZE = 2048 }; /* base64 of what a key of 8192 bits makes */

struct ca_signature {                   /* base64, one line each */
    char public_key[CA_SIGNATURE_SIZE]; /* the DER of the certificate's SubjectPublicKeyInfo: what the CA hash is of */
    char signature[CA_SIGNATURE_SIZE];  /* with SHA-256: RSA (PKCS #1 1.5), or ECDSA */
};

/* Signs `text` with the PEM key file `key`; `certificate` is the CA's, in PEM. ENOENT: a file is missing. */
int ca_key_sign(const char *certificate, const char *key, const char *text, struct ca_signature *ret,
                struct error *err);
