/* SPDX-License-Identifier: Apache-2.0
 * See claims.h. */
#include "claims.h"

#include "clock.h"
#include "hex.h"
#include <ctype.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static int claims_append(void *context, const struct store_claim *claim) {
    struct claims *claims = context;
    if (claims->n >= CLAIMS_MAX)
        return -1;
    struct store_claim *list = realloc(claims->list, (claims->n + 1) * sizeof(*list));
    if (!list)
        return -1;
    claims->list = list;
    struct store_claim *kept = &list[claims->n++];
    *kept = *claim;
    identity_uuid(claim->uuid, kept->uuid); /* an older version may have stored one that is no identity */
    kept->rebound_ms = clock_boottime_ms();
    return 0;
}

int claims_load(struct claims *claims, struct store *store, struct error *err) {
    *claims = (struct claims){.store = store};
    return store->ops->load_claims(store, claims_append, claims, err);
}

void claims_free(struct claims *claims) {
    free(claims->list);
    *claims = (struct claims){0};
}

const struct store_claim *claims_find(const struct claims *claims, const char *claim) {
    if (strlen(claim) != STORE_CLAIM_SIZE - 1)
        return NULL;
    for (size_t i = 0; i < claims->n; i++) /* without TLS a claim is a secret, so the comparison takes constant time */
        if (!CRYPTO_memcmp(claims->list[i].claim, claim, STORE_CLAIM_SIZE - 1))
            return &claims->list[i];
    return NULL;
}

const struct store_claim *claims_find_mac(const struct claims *claims, const char *mac) {
    for (size_t i = 0; i < claims->n; i++)
        if (!strcasecmp(claims->list[i].mac, mac))
            return &claims->list[i];
    return NULL;
}

const struct store_claim *claims_find_uuid(const struct claims *claims, const char *uuid, const char *but_mac) {
    for (size_t i = 0; i < claims->n && uuid[0]; i++)
        if (!strcmp(claims->list[i].uuid, uuid) && strcmp(claims->list[i].mac, but_mac))
            return &claims->list[i];
    return NULL;
}

int claims_random(char ret_id[STORE_CLAIM_SIZE], struct error *err) {
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return error_errno(err, errno, "getrandom");
    hex_encode(bytes, sizeof(bytes), ret_id);
    return 0;
}

int claims_bind(struct claims *claims, struct store_claim *wanted, struct error *err) {
    if (claims->n >= CLAIMS_MAX)
        return error_errno(err, ENOSPC, "more than %d claims", CLAIMS_MAX);
    if (claims_random(wanted->claim, err) < 0)
        return -1;
    wanted->claimed_ms = clock_wall_ms();
    if (claims->store->ops->put_claim(claims->store, wanted, err) < 0)
        return -1;
    return claims_append(claims, wanted) < 0 ? error_errno(err, ENOMEM, "keep claim") : 0;
}

static struct store_claim *claims_at(struct claims *claims, const char *mac) {
    for (size_t i = 0; i < claims->n; i++)
        if (!strcmp(claims->list[i].mac, mac))
            return &claims->list[i];
    return NULL;
}

static int mark(struct claims *claims, struct store_claim *known, const char *name, bool *ret, struct error *err) {
    if (*ret)
        return 0;
    if (claims->store->ops->mark_claim(claims->store, known->claim, name, err) < 0)
        return -1;
    *ret = true;
    return 0;
}

/* The mark comes first: without it the claim would have all its rebinds again. */
static int put_rebound(struct claims *claims, const struct store_claim *wanted, struct error *err) {
    char name[16];
    snprintf(name, sizeof(name), "rebound-%u", wanted->rebinds < 9 ? wanted->rebinds : 9);
    if (claims->store->ops->mark_claim(claims->store, wanted->claim, name, err) < 0)
        return -1;
    for (size_t i = 0; i < CLAIM_REBINDS_MAX && wanted->replaced[i][0]; i++) {
        char replaced[16 + STORE_KEY_SIZE];
        snprintf(replaced, sizeof(replaced), "replaced-%s", wanted->replaced[i]);
        if (claims->store->ops->mark_claim(claims->store, wanted->claim, replaced, err) < 0)
            return -1;
    }
    return claims->store->ops->put_claim(claims->store, wanted, err);
}

/* Among those that it had; with `enrol: open` the oldest one gives way. */
static void remember_key(struct store_claim *claim, const char *key) {
    size_t i = 0;
    while (i < CLAIM_REBINDS_MAX && claim->replaced[i][0])
        i++;
    if (i == CLAIM_REBINDS_MAX) {
        memmove(claim->replaced[0], claim->replaced[1], sizeof(claim->replaced) - sizeof(claim->replaced[0]));
        i--;
    }
    snprintf(claim->replaced[i], sizeof(claim->replaced[i]), "%s", key);
}

int claims_rebind(struct claims *claims, struct store_claim *wanted, struct error *err) {
    struct store_claim *known = claims_at(claims, wanted->mac);
    if (!known || known->denied)
        return error_errno(err, EPERM, "bind another key");
    int64_t now_ms = clock_boottime_ms();
    if (claims_random(wanted->claim, err) < 0)
        return -1;
    wanted->claimed_ms = clock_wall_ms();
    wanted->rebinds = (known->rebinds < CLAIM_REBINDS_MAX ? known->rebinds : 0) + 1; /* `enrol: open`, after a while */
    wanted->rebound_ms = now_ms;
    memcpy(wanted->replaced, known->replaced, sizeof(wanted->replaced));
    remember_key(wanted, known->key);
    if (put_rebound(claims, wanted, err) < 0)
        return -1;
    *known = *wanted;
    return 0;
}

struct claim_facts claims_facts(const struct store_claim *claim) {
    struct claim_facts facts = {.key = claim->key,
                                .uuid = claim->uuid,
                                .kept = claim->kept,
                                .denied = claim->denied,
                                .contested = claim->contested,
                                .rebinds = claim->rebinds,
                                .rebound_ms = claim->rebound_ms};
    for (size_t i = 0; i < CLAIM_REBINDS_MAX && claim->replaced[i][0]; i++)
        facts.replaced[i] = claim->replaced[i];
    return facts;
}

const struct store_claim *claims_find_replaced(const struct claims *claims, const char *key) {
    for (size_t i = 0; i < claims->n && key[0]; i++)
        for (size_t k = 0; !claims->list[i].kept && !claims->list[i].contested && k < CLAIM_REBINDS_MAX; k++)
            if (!strcmp(claims->list[i].replaced[k], key))
                return &claims->list[i];
    return NULL;
}

int claims_keep(struct claims *claims, const char *mac, struct error *err) {
    struct store_claim *known = claims_at(claims, mac);
    return known ? mark(claims, known, "settled", &known->kept, err) : 0;
}

int claims_contest(struct claims *claims, const char *mac, struct error *err) {
    struct store_claim *known = claims_at(claims, mac);
    if (!known || known->contested)
        return 0;
    known->contested = true; /* whether the disk takes it or not */
    return claims->store->ops->mark_claim(claims->store, known->claim, "contested", err);
}

int claims_restore(struct claims *claims, const char *mac, size_t index, struct error *err) {
    struct store_claim *known = claims_at(claims, mac);
    if (!known || index >= CLAIM_REBINDS_MAX || !known->replaced[index][0])
        return error_errno(err, ENOENT, "the replaced key");
    struct store_claim restored = *known;
    memcpy(restored.key, known->replaced[index], sizeof(restored.key));
    memcpy(restored.replaced[index], known->key, sizeof(restored.key));
    restored.kept = restored.contested = restored.approved = restored.disputed = false;
    if (claims_random(restored.claim, err) < 0 || put_rebound(claims, &restored, err) < 0)
        return -1;
    *known = restored;
    return 0;
}

int claims_approve(struct claims *claims, const char *mac, struct error *err) {
    struct store_claim *known = claims_at(claims, mac);
    return known ? mark(claims, known, "approved", &known->approved, err) : 0;
}

int claims_deny(struct claims *claims, const char *mac, struct error *err) {
    struct store_claim *known = claims_at(claims, mac);
    return known ? mark(claims, known, "denied", &known->denied, err) : 0;
}

/* An older version knows `denied` alone. */
int claims_retire(struct claims *claims, const char *mac, struct error *err) {
    struct store_claim *known = claims_at(claims, mac);
    return claims_deny(claims, mac, err) < 0 ? -1 : known ? mark(claims, known, "retired", &known->retired, err) : 0;
}

int claims_forget(struct claims *claims, const char *mac, struct error *err) {
    if (claims->store->ops->drop_claim(claims->store, mac, err) < 0)
        return -1;
    struct store_claim *known = claims_at(claims, mac);
    if (known)
        *known = claims->list[--claims->n];
    return 0;
}

void claims_dispute(struct claims *claims, const char *mac, bool disputed) {
    struct store_claim *known = claims_at(claims, mac);
    if (known)
        known->disputed = disputed;
}

/* Checked because it goes into JSON unchanged. */
static bool is_etag(const char *text) {
    return strlen(text) == STORE_ETAG_SIZE - 1 && text[0] == '"' && text[65] == '"' &&
           strspn(text + 1, "0123456789abcdef") == 64;
}

void claims_hold(struct claims *claims, const char *mac, const char *etag) {
    struct store_claim *known = claims_at(claims, mac);
    if (known && is_etag(etag))
        memcpy(known->held, etag, sizeof(known->held));
}

void claims_fingerprint(const char *key, char ret[static CLAIMS_FINGERPRINT_SIZE]) {
    snprintf(ret, CLAIMS_FINGERPRINT_SIZE, "%.4s-%.4s-%.4s-%.4s", key, key + 4, key + 8, key + 12);
}
