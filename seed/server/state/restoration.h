/* SPDX-License-Identifier: Apache-2.0
 * What an order to restore the cluster (docs/restore.md) needs beside the maintenance record: the key of the machine
 * that restores, and the archive, encrypted to that key. In memory, and the file STATE/backups/restore.age: after a
 * restart of the seed machine and operator bring them again. */
#pragma once
#include "backups.h"

enum { RESTORATION_MARK_SIZE = 512 }; /* base64 of a machine's key, P-256, or of its signature */

struct restoration {
    unsigned changes;                 /* how often it changed: what long-polls compare */
    char archive[BACKUP_SHA256_SIZE]; /* the hash of the backup that was ordered; "": not known */
    char recipient[RECIPIENT_SIZE];   /* of the machine, for age; "": it has not told yet */
    char public_key[RESTORATION_MARK_SIZE], signature[RESTORATION_MARK_SIZE]; /* by its own key; "": without TLS */
    uint64_t size; /* of the archive, in bytes; 0: it is not there */
};

/* Another key than before: what was encrypted to that one goes. */
void restoration_note(struct restoration *restoration, const struct backups *backups, const char *recipient,
                      const char *public_key, const char *signature);

/* Keeps the bytes of `upload`, durable on return. EINVAL: they have another hash. */
int restoration_keep(struct restoration *restoration, const struct backups *backups, struct upload *upload,
                     const char *sha256, struct error *err);

/* The archive, for reading; -1: it is not there. The caller closes it. */
int restoration_open(const struct restoration *restoration, const struct backups *backups);

/* What came is no good: it is wanted once more. */
void restoration_drop(struct restoration *restoration, const struct backups *backups);

/* The order is over, or another one begins. */
void restoration_forget(struct restoration *restoration, const struct backups *backups);
