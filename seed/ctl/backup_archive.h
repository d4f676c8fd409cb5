/* SPDX-License-Identifier: Apache-2.0
 * A backup of a cluster, opened where the operator's key is (docs/restore.md). age(1) and tar(1) read it. Of what is in
 * it nothing is written but the key of the cluster's CA, to a folder in memory, which is gone when it has signed. */
#pragma once
#include "backup_id.h"
#include "bootstrap_record.h"
#include "effects/ca_key.h"
#include "error.h"

struct backup_archive {
    const char *path, *key; /* the archive, and the operator's key (age) */
    char hostname[64];      /* of the master that it is of */
    char sha256[BACKUP_SHA256_SIZE];
    struct record_id seen;     /* the highest record that this master saw, with the hash of the cluster's CA */
    struct ca_signature order; /* of restore_order_text(), by the CA's key */
};

/* Opens it and checks what attests it: the note of the seed beside it, NAME.json, signed by the CA's key that is in the
 * archive; without one, `sha256`, the operator's word (else NULL). */
int backup_archive_open(const char *path, const char *key, const char *sha256, struct backup_archive *ret,
                        struct error *err);

/* Encrypts it again, to `recipient` alone: the new file `to`, and its hash. */
int backup_archive_encrypt(const struct backup_archive *archive, const char *recipient, const char *to,
                           char ret_sha256[static BACKUP_SHA256_SIZE], struct error *err);

/* Whether `signature` (base64) of `text` is by the key `public_key` (base64 of a SubjectPublicKeyInfo), and that has
 * the SHA-256 `hash` (64 hex digits). ECDSA or RSA, with SHA-256. */
bool backup_archive_signed(const char *text, const char *hash, const char *public_key, const char *signature);
