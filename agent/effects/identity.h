/* SPDX-License-Identifier: Apache-2.0
 * The machine's own key, ECDSA P-256, wrapped in a certificate by itself: TLS wants one, the seed looks at the key
 * alone (docs/tls.md). */
#pragma once
#include "error.h"
#include "pki.h"

#define IDENTITY_KEY "identity.key"
#define IDENTITY_CERTIFICATE "identity.crt"

/* Both files in `folder`, the key 0600, durably; the certificate last, so that where it is the key is whole. */
int identity_make(const char *folder, struct error *err);

/* What a claim says of the key: the SHA-256 of its SubjectPublicKeyInfo. ENOENT: there is none yet. */
int identity_hash(const char *folder, char ret[static PKI_KEY_SIZE], struct error *err);
