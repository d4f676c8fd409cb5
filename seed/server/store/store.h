/* SPDX-License-Identifier: Apache-2.0
 * What the seed must not forget: the bootstrap record, the maintenance record, the claims, the receipts of wipes. A
 * backend only keeps them; record_next() decides. Every change is durable when its function returns. Only
 * store_sqlite.c opens seed.sqlite. */
#pragma once
#include "audit.h"
#include "buf.h"
#include "error.h"
#include "record/claim_rules.h"
#include "record/identity.h"
#include "record/maintenance.h"
#include "record/record.h"
#include "record/wipe.h"
#include <stddef.h>
#include <stdint.h>

enum {
    STORE_MAC_SIZE = IDENTITY_MAC_SIZE,
    STORE_CLAIM_SIZE = 33,
    STORE_UUID_SIZE = IDENTITY_UUID_SIZE,
    STORE_SERIAL_SIZE = 65,
    STORE_KEY_SIZE = 65,
    STORE_ETAG_SIZE = 67,
    STORE_RELEASE_SIZE = 32
};

struct store_claim {
    char mac[STORE_MAC_SIZE];     /* lower case, the key of the row */
    char claim[STORE_CLAIM_SIZE]; /* 32 hex digits, random */
    char uuid[STORE_UUID_SIZE];   /* lower case; "" = the firmware has no real UUID */
    char serial[STORE_SERIAL_SIZE];
    char key[STORE_KEY_SIZE]; /* 64 hex digits */
    int64_t claimed_ms;       /* wall clock */
    bool approved, denied;    /* by the operator, for this very key */
    bool retired;             /* denied since seedctl retire took it out of the cluster */
    bool kept;                /* the machine has the key on its disk (record/claim_rules.h); stored as `settled` */
    bool contested;           /* the replaced key spoke again */
    bool disputed;            /* a foreign key claims a MAC whose key is kept; held in memory only */
    unsigned rebinds;         /* how often the MAC got another key */
    int64_t rebound_ms;       /* CLOCK_BOOTTIME of the last one, or of this process's start; in memory only */
    char replaced[CLAIM_REBINDS_MAX][STORE_KEY_SIZE]; /* the keys before this one, "" after the last */
    /* ETag of the role document that the machine was sent, or says that it has; "" = not known; in memory only */
    char held[STORE_ETAG_SIZE];
};

struct store;

/* Errors: err->errnum is ENOSPC when the disk is full. */
struct store_ops {
    int (*load_record)(struct store *store, struct bootstrap_record *ret_record, struct error *err);
    /* Compare-and-swap on the whole record. 0 swapped, 1 the stored record is not `old`, -1 error (then the
     * outcome is unknown: load again). */
    int (*swap_record)(struct store *store, const struct bootstrap_record *old, const struct bootstrap_record *next,
                       struct error *err);
    /* Calls `each` for every claim; stops with -1 when it returns -1. */
    int (*load_claims)(struct store *store, int (*each)(void *context, const struct store_claim *), void *context,
                       struct error *err);
    int (*put_claim)(struct store *store, const struct store_claim *claim, struct error *err);
    /* `mark`: "approved", "denied", "retired", "settled", "contested", "rebound-N" (N from 1 to 9), or "replaced-KEY".
     * It belongs to this claim, not to a later one of the same MAC, and may be made just before its claim. Older
     * versions ignore those that they do not know. */
    int (*mark_claim)(struct store *store, const char *claim, const char *mark, struct error *err);
    int (*drop_claim)(struct store *store, const char *mac, struct error *err);
    int (*load_wipes)(struct store *store, int (*each)(void *context, const struct wipe *), void *context,
                      struct error *err);
    int (*put_wipe)(struct store *store, const struct wipe *wipe,
                    struct error *err); /* in place of one with its nonce */
    /* The last entry of the audit log; n 0: none yet. */
    int (*load_tip)(struct store *store, struct audit_tip *ret_tip, struct error *err);
    int (*put_tip)(struct store *store, const struct audit_tip *tip, struct error *err);
    /* The release that the cluster of `epoch` was made with, or the newest one before it: a recovery begins a new epoch
     * for the same cluster. "": not known. */
    int (*load_release)(struct store *store, int64_t epoch, char ret[static STORE_RELEASE_SIZE], struct error *err);
    int (*put_release)(struct store *store, int64_t epoch, const char *release, struct error *err);
    /* The site document with which the cluster of `epoch` lives, or that of the newest epoch before it; empty: not
     * known. */
    int (*load_site)(struct store *store, int64_t epoch, struct buf *ret, struct error *err);
    /* Writes the whole database, as it is now, to a new file. */
    int (*copy)(struct store *store, const char *path, struct error *err);
    int (*put_site)(struct store *store, int64_t epoch, const char *text, struct error *err);
    int (*load_maintenance)(struct store *store, struct maintenance *ret, struct error *err);
    /* Compare-and-swap, as swap_record. */
    int (*swap_maintenance)(struct store *store, const struct maintenance *old, const struct maintenance *next,
                            struct error *err);
    void (*close)(struct store *store);
};

struct store { /* the first member of every backend's struct */
    const struct store_ops *ops;
};

/* DIR/seed.sqlite; the file is made when missing. A damaged or foreign file is an error with a remedy. */
int store_open_sqlite(const char *path, struct store **ret_store, struct error *err);
static inline void store_close(struct store *store) {
    if (store)
        store->ops->close(store);
}
