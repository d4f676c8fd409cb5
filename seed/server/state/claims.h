/* SPDX-License-Identifier: Apache-2.0
 * The claims: each binds a MAC of the site to a SMBIOS UUID and a key, when the machine first speaks to the seed. They
 * are in the store, with a copy in memory. */
#pragma once
#include "record/claim_rules.h"
#include "server/store/store.h"
#include <stdbool.h>

enum { CLAIMS_MAX = 4096, CLAIMS_FINGERPRINT_SIZE = 20 };

struct claims {
    struct store *store; /* borrowed */
    struct store_claim *list;
    size_t n;
};

int claims_load(struct claims *claims, struct store *store, struct error *err);
void claims_free(struct claims *claims);

/* NULL when unknown; valid until the next claims_bind(), claims_rebind() or claims_forget(). */
const struct store_claim *claims_find(const struct claims *claims, const char *claim);
const struct store_claim *claims_find_mac(const struct claims *claims, const char *mac);

/* The claim of another MAC that already has this UUID, or NULL. */
const struct store_claim *claims_find_uuid(const struct claims *claims, const char *uuid, const char *but_mac);

/* Keeps a new claim: `wanted` with mac, uuid, serial and key set; fills in claim and claimed_ms. Durable on return. The
 * caller has checked that neither MAC nor UUID is bound. */
int claims_bind(struct claims *claims, struct store_claim *wanted, struct error *err);
/* Binds another key to a claimed MAC, as claims_bind() does, and remembers the old key. EPERM when the claim is denied.
 * The caller has asked claim_asked(). */
int claims_rebind(struct claims *claims, struct store_claim *wanted, struct error *err);

/* What record/claim_rules.c judges; the texts are the claim's. */
struct claim_facts claims_facts(const struct store_claim *claim);

/* The claim whose replaced key this is, not kept and not contested yet; NULL: none. */
const struct store_claim *claims_find_replaced(const struct claims *claims, const char *key);

/* The machine has the key on its disk, or the operator said so: from now on it cannot be replaced. Durable on
 * return. */
int claims_keep(struct claims *claims, const char *mac, struct error *err);

/* A replaced key spoke again. Durable on return; noted in memory also where that fails. */
int claims_contest(struct claims *claims, const char *mac, struct error *err);

/* The operator says that a replaced key is the right one: it takes the claim again. Durable on return. */
int claims_restore(struct claims *claims, const char *mac, size_t index, struct error *err);

/* The operator approves or denies the key that the claim has now. A denied machine gets nothing until its claim is
 * forgotten. Durable on return. */
int claims_approve(struct claims *claims, const char *mac, struct error *err);
int claims_deny(struct claims *claims, const char *mac, struct error *err);

/* The machine left the cluster for good: it is denied, and no machine of the site any more, until the claim is
 * forgotten. Durable on return. */
int claims_retire(struct claims *claims, const char *mac, struct error *err);

/* "4b43-568f-9812-036d": the first 64 bits of the key's hash, for people to compare. */
void claims_fingerprint(const char *key, char ret[static CLAIMS_FINGERPRINT_SIZE]);

int claims_forget(struct claims *claims, const char *mac, struct error *err);

/* Notes that a foreign key claims this MAC, or that this is over. In memory: after a restart of the seed the dispute
 * is noted again when both machines have spoken. */
void claims_dispute(struct claims *claims, const char *mac, bool disputed);

/* Notes that the machine has the role document with this ETag, quotes included. */
void claims_hold(struct claims *claims, const char *mac, const char *etag);

/* 128 random bits as hex. */
int claims_random(char ret_id[STORE_CLAIM_SIZE], struct error *err);
