/* SPDX-License-Identifier: Apache-2.0
 * See proofs.h. */
#include "proofs.h"
#include "hex.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

static void datum_free(gnutls_datum_t *datum) {
    gnutls_free(datum->data);
}
static void public_key_free(gnutls_pubkey_t *key) {
    gnutls_pubkey_deinit(*key);
}
#define cleanup_datum __attribute__((cleanup(datum_free)))
#define cleanup_public_key __attribute__((cleanup(public_key_free)))

static int base64(const char *name, const char *text, gnutls_datum_t *ret, struct error *err) {
    const gnutls_datum_t from = {.data = (unsigned char *)(uintptr_t)text, .size = (unsigned)strlen(text)};
    return gnutls_base64_decode2(&from, ret) < 0 ? error_set(err, EINVAL, "field `%s` is not base64", name) : 0;
}

static bool has_hash(const gnutls_datum_t *key, const char *ca_hash) {
    unsigned char digest[32];
    char text[CA_HASH_SIZE] = "sha256:";
    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, key->data, key->size, digest) < 0)
        return false;
    hex_encode(digest, sizeof(digest), text + strlen(text));
    return !strcmp(text, ca_hash);
}

static bool signed_by(const gnutls_datum_t *der, const gnutls_datum_t *signature, const char *text) {
    const gnutls_datum_t message = {.data = (unsigned char *)(uintptr_t)text, .size = (unsigned)strlen(text)};
    cleanup_public_key gnutls_pubkey_t key = NULL;
    if (gnutls_pubkey_init(&key) < 0 || gnutls_pubkey_import(key, der, GNUTLS_X509_FMT_DER) < 0)
        return false;
    gnutls_sign_algorithm_t algorithm = gnutls_pk_to_sign(gnutls_pubkey_get_pk_algorithm(key, NULL), GNUTLS_DIG_SHA256);
    return gnutls_pubkey_verify_data2(key, algorithm, 0, &message, signature) >= 0;
}

int proofs_signed(const char *text, const char *ca_hash, const char *public_key, const char *signature,
                  struct error *err) {
    cleanup_datum gnutls_datum_t key = {0}, mark = {0};
    if (base64("public_key", public_key, &key, err) < 0 || base64("signature", signature, &mark, err) < 0)
        return -1;
    if (!has_hash(&key, ca_hash))
        return error_set(err, EINVAL, "field `public_key` does not have the hash `ca_hash`");
    return signed_by(&key, &mark, text)
               ? 0
               : error_set(err, EINVAL, "field `signature` is not of this text and `public_key`");
}

int proofs_check(const char *claim, const struct record_id *id, const char *public_key, const char *signature,
                 struct error *err) {
    char text[RECORD_PROOF_SIZE];
    record_proof_text(claim, id, text);
    return proofs_signed(text, id->ca_hash, public_key, signature, err);
}

void proofs_note(struct proofs *proofs, const struct proof *proof) {
    struct proof *place = &proofs->list[0];
    for (size_t i = 0; i < proofs->n; i++) {
        if (!strcmp(proofs->list[i].hostname, proof->hostname)) {
            proofs->list[i] = *proof;
            return;
        }
        if (proofs->list[i].at_ms < place->at_ms)
            place = &proofs->list[i];
    }
    *(proofs->n < PROOFS_MAX ? &proofs->list[proofs->n++] : place) = *proof;
}

const struct proof *proofs_of(const struct proofs *proofs, const char *ca_hash) {
    const struct proof *highest = NULL;
    for (size_t i = 0; i < proofs->n; i++)
        if (!strcmp(proofs->list[i].id.ca_hash, ca_hash) &&
            (!highest || record_id_higher(&proofs->list[i].id, &highest->id)))
            highest = &proofs->list[i];
    return highest;
}
