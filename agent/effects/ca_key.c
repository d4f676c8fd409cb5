/* SPDX-License-Identifier: Apache-2.0
 * See ca_key.h. */
#include "ca_key.h"

#include <errno.h>
#include <mbedtls/base64.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha256.h>
#include <mbedtls/x509_crt.h>
#include <string.h>
#include <unistd.h>

struct signing {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_pk_context key;
    mbedtls_x509_crt certificate;
};

static int encode(const unsigned char *bytes, size_t length, char ret[CA_SIGNATURE_SIZE]) {
    size_t written;
    return mbedtls_base64_encode((unsigned char *)ret, CA_SIGNATURE_SIZE, &written, bytes, length);
}

/* Returns 0 or mbedTLS's error. */
static int sign(struct signing *s, const char *certificate, const char *key, const char *text,
                struct ca_signature *ret) {
    unsigned char digest[32], signature[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
    size_t length = 0;
    int code = mbedtls_ctr_drbg_seed(&s->random, mbedtls_entropy_func, &s->entropy, NULL, 0);
    if (code == 0)
        code = mbedtls_x509_crt_parse_file(&s->certificate, certificate);
    if (code == 0)
        code = mbedtls_pk_parse_keyfile(&s->key, key, NULL, mbedtls_ctr_drbg_random, &s->random);
    if (code == 0)
        code = mbedtls_sha256((const unsigned char *)text, strlen(text), digest, 0);
    if (code == 0)
        code = mbedtls_pk_sign(&s->key, MBEDTLS_MD_SHA256, digest, sizeof(digest), signature, sizeof(signature),
                               &length, mbedtls_ctr_drbg_random, &s->random);
    if (code == 0)
        code = encode(signature, length, ret->signature);
    return code ? code : encode(s->certificate.pk_raw.p, s->certificate.pk_raw.len, ret->public_key);
}

int ca_key_sign(const char *certificate, const char *key, const char *text, struct ca_signature *ret,
                struct error *err) {
    struct signing s = {0};
    if (access(certificate, R_OK) < 0 || access(key, R_OK) < 0)
        return error_errno(err, errno, "`%s` and its certificate", key);
    mbedtls_entropy_init(&s.entropy);
    mbedtls_ctr_drbg_init(&s.random);
    mbedtls_pk_init(&s.key);
    mbedtls_x509_crt_init(&s.certificate);
    int code = sign(&s, certificate, key, text, ret);
    mbedtls_x509_crt_free(&s.certificate);
    mbedtls_pk_free(&s.key);
    mbedtls_ctr_drbg_free(&s.random);
    mbedtls_entropy_free(&s.entropy);
    return code ? error_set(err, EIO, "signing with `%s`: mbedTLS error -0x%04x", key, (unsigned)-code) : 0;
}
