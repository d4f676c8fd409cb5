/* SPDX-License-Identifier: Apache-2.0
 * The machine's own key, ECDSA P-256, in a self-signed certificate. TLS needs a certificate; the seed looks only at the
 * key (docs/tls.md). */
#pragma once
#include "error.h"
#include "pki.h"

#define IDENTITY_KEY "identity.key"
#define IDENTITY_CERTIFICATE "identity.crt"

/* Writes both files to `folder`, durably, the key with mode 0600. The certificate is last: where it exists, the key is
 * complete. */
int identity_make(const char *folder, struct error *err);

/* The SHA-256 of the key's SubjectPublicKeyInfo, which the claim sends. ENOENT: there is no key yet. */
int identity_hash(const char *folder, char ret[static PKI_KEY_SIZE], struct error *err);
