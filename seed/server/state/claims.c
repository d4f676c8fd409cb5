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
    claims->list[claims->n++] = *claim;
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

int claims_rebind(struct claims *claims, struct store_claim *wanted, struct error *err) {
    struct store_claim *known = claims_at(claims, wanted->mac);
    if (!known || known->denied)
        return error_errno(err, EPERM, "bind another key");
    if (claims_random(wanted->claim, err) < 0)
        return -1;
    wanted->claimed_ms = clock_wall_ms();
    if (claims->store->ops->put_claim(claims->store, wanted, err) < 0)
        return -1;
    snprintf(wanted->replaced, sizeof(wanted->replaced), "%s", known->key);
    *known = *wanted;
    return 0;
}

static int mark(struct claims *claims, struct store_claim *known, const char *name, bool *ret, struct error *err) {
    if (*ret)
        return 0;
    if (claims->store->ops->mark_claim(claims->store, known->claim, name, err) < 0)
        return -1;
    *ret = true;
    return 0;
}

int claims_settle(struct claims *claims, const char *mac, struct error *err) {
    struct store_claim *known = claims_at(claims, mac);
    return known ? mark(claims, known, "settled", &known->settled, err) : 0;
}

int claims_approve(struct claims *claims, const char *mac, struct error *err) {
    struct store_claim *known = claims_at(claims, mac);
    return known ? mark(claims, known, "approved", &known->approved, err) : 0;
}

int claims_deny(struct claims *claims, const char *mac, struct error *err) {
    struct store_claim *known = claims_at(claims, mac);
    return known ? mark(claims, known, "denied", &known->denied, err) : 0;
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

void claims_fingerprint(const struct store_claim *claim, char ret[static CLAIMS_FINGERPRINT_SIZE]) {
    snprintf(ret, CLAIMS_FINGERPRINT_SIZE, "%.4s-%.4s-%.4s-%.4s", claim->key, claim->key + 4, claim->key + 8,
             claim->key + 12);
}
