/* SPDX-License-Identifier: Apache-2.0
 * The cluster's backups in the folder STATE/backups: NAME.age, an archive that the operator alone can open, and
 * NAME.json, who made it and what it is. The seed never sees what is in one. */
#pragma once
#include "backup_id.h"
#include "bootstrap_record.h"
#include "cleanup.h"
#include "error.h"
#include "record/backup_duty.h"
#include <stddef.h>
#include <stdint.h>

/* Where backups also go, and as what NAME.json has it. */
enum backup_place { BACKUP_FOLDER, BACKUP_S3, BACKUP_PLACES };
enum { BACKUP_PLACE_SIZE = 201 /* of a path or URL */ };

enum { BACKUPS_MAX = 512, BACKUPS_ARRIVING_MAX = 4 /* one whose sender lost power stays for half a minute */ };
#define BACKUP_BYTES_MAX (UINT64_C(16) << 30) /* etcd's own limit is 8 GiB */

struct backup {
    char name[BACKUP_NAME_SIZE];
    char hostname[64];
    char sha256[BACKUP_SHA256_SIZE];
    uint64_t size;
    int64_t at_ms; /* wall clock, when it was kept */
    int64_t revision;
    char ca_hash[CA_HASH_SIZE];                    /* of the cluster whose CA's key signed it */
    char places[BACKUP_PLACES][BACKUP_PLACE_SIZE]; /* where it also went: folder, bucket; "": not yet */
};

struct backups {
    int folder; /* of it; -1: not open */
    struct backup list[BACKUPS_MAX];
    size_t n;                   /* oldest first */
    unsigned arriving, arrived; /* how many now, and ever */
    struct backup_duty duty;
    struct backup_trip trips[BACKUP_PLACES];
};

/* Opens, and makes, STATE/backups, and reads what is there. What was cut off is removed; what makes no sense is left
 * alone and named in the log. */
int backups_open(struct backups *backups, const char *state, struct error *err);
void backups_close(struct backups *backups);

/* NULL: there is none of that name. */
const struct backup *backups_find(const struct backups *backups, const char *name);

/* An archive that arrives. */
struct upload {
    int fd;
    uint64_t size;
    void *hash; /* gnutls_hash_hd_t */
    struct backups *backups;
    char part[BACKUP_NAME_SIZE + 16]; /* its file until it is kept */
    struct error problem;             /* message "": none */
};
struct upload *upload_new(struct backups *backups, const char *name, struct error *err);
void upload_add(struct upload *upload, const char *data, size_t length);
void upload_free(struct upload *upload); /* removes what was not kept; NULL is fine */

/* Gives the bytes of `upload` a name in the folder, durable on return. EINVAL: they have another hash. */
int backups_place(const struct backups *backups, struct upload *upload, const char *sha256, const char *file,
                  struct error *err);

/* Keeps an archive whose bytes are `upload` and whose hash is backup->sha256; fills in the size. Then removes the
 * oldest beyond `most`. Durable on return. EINVAL: the bytes have another hash. */
int backups_keep(struct backups *backups, struct upload *upload, struct backup *backup, const char *signature,
                 const char *public_key, unsigned most, struct error *err);

/* The newest one; NULL: there is none. */
struct backup *backups_newest(struct backups *backups);

/* Notes in NAME.json that it also lies at `where`. */
int backups_arrived(const struct backups *backups, struct backup *backup, enum backup_place place, const char *where,
                    struct error *err);
