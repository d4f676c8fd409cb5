/* SPDX-License-Identifier: Apache-2.0
 * What masters proved about the cluster while the record is in QUARANTINE: each signs its claim, the highest record
 * that it saw, and its CA hash with the key of the cluster's CA, which masters alone have. In memory: masters prove
 * again about once a minute. `seedctl recover` adopts such a cluster (docs/operating.md). */
#pragma once
#include "bootstrap_record.h"
#include "error.h"
#include "record/record.h"

enum { PROOFS_MAX = 64, PROOF_KEY_MAX = 2048, PROOF_SIGNATURE_MAX = 2048 /* of base64 text */ };

struct proof {
    char hostname[RECORD_HOLDER_SIZE];
    struct record_id id;
    int64_t at_ms; /* CLOCK_BOOTTIME */
};

struct proofs {
    struct proof list[PROOFS_MAX]; /* one a master */
    size_t n;
};

/* Whether `signature` over record_proof_text(claim, id) is by `public_key`, and that key has the hash id->ca_hash. Both
 * are base64: the DER of a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), and an RSA (PKCS #1 1.5) or ECDSA signature with
 * SHA-256. EINVAL: no; the error says which. */
int proofs_check(const char *claim, const struct record_id *id, const char *public_key, const char *signature,
                 struct error *err);

/* Whether `signature` over `text` is by `public_key`, and that key has the hash `ca_hash`; as above. */
int proofs_signed(const char *text, const char *ca_hash, const char *public_key, const char *signature,
                  struct error *err);

/* Replaces what the master proved before. When the list is full, the oldest goes. */
void proofs_note(struct proofs *proofs, const struct proof *proof);

/* The highest one of this CA hash; NULL: nobody proved it. */
const struct proof *proofs_of(const struct proofs *proofs, const char *ca_hash);
