/* SPDX-License-Identifier: Apache-2.0
 * See tls.h. */
#include "tls.h"

#include "buf.h"
#include "cleanup.h"
#include "file.h"
#include "hex.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { PEM_MAX = 16 * 1024, WARN_DAYS = 60, DAY_S = 86400 };

static void certificate_free(gnutls_x509_crt_t *certificate) {
    if (*certificate)
        gnutls_x509_crt_deinit(*certificate);
}
static void private_key_free(gnutls_x509_privkey_t *key) {
    if (*key)
        gnutls_x509_privkey_deinit(*key);
}
#define cleanup_certificate __attribute__((cleanup(certificate_free)))
#define cleanup_private_key __attribute__((cleanup(private_key_free)))

static int read_text(const char *folder, const char *name, char **ret, struct error *err) {
    char path[PATH_MAX];
    struct buf text = BUF_INIT(PEM_MAX);
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return error_errno(err, ENAMETOOLONG, "--pki `%.64s…`", folder);
    if (file_read(path, &text, err) < 0) {
        buf_free(&text);
        return error_remedy(err, "seedctl init makes the folder beside the site document");
    }
    *ret = text.data;
    return 0;
}

static int check_secret(const char *folder, struct error *err) {
    char path[PATH_MAX];
    struct stat st;
    snprintf(path, sizeof(path), "%s/seed.key", folder);
    if (stat(path, &st) < 0)
        return error_errno(err, errno, "`%s`", path);
    const char *credentials = getenv("CREDENTIALS_DIRECTORY"); /* systemd.exec(5): its files are 0440, and its own */
    bool handed = credentials && !strcmp(credentials, folder);
    if (!(st.st_mode & 0077 & ~(handed ? S_IRGRP : 0u)))
        return 0;
    error_set(err, EPERM, "`%s` has the mode %04o: others may read or write the seed's key", path,
              (unsigned)(st.st_mode & 07777));
    return error_remedy(err, "chmod 600 it; if it lay so for long: seedctl init --renew");
}

static gnutls_x509_crt_t import(const char *pem) {
    const gnutls_datum_t datum = {.data = (unsigned char *)pem, .size = (unsigned)strlen(pem)};
    gnutls_x509_crt_t certificate = NULL;
    if (gnutls_x509_crt_init(&certificate) >= 0 &&
        gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_PEM) >= 0)
        return certificate;
    certificate_free(&certificate);
    return NULL;
}

static gnutls_x509_privkey_t import_key(const char *pem) {
    const gnutls_datum_t datum = {.data = (unsigned char *)pem, .size = (unsigned)strlen(pem)};
    gnutls_x509_privkey_t key = NULL;
    if (gnutls_x509_privkey_init(&key) >= 0 && gnutls_x509_privkey_import(key, &datum, GNUTLS_X509_FMT_PEM) >= 0)
        return key;
    private_key_free(&key);
    return NULL;
}

static bool key_hash(gnutls_x509_crt_t certificate, char ret[static PKI_KEY_SIZE]) {
    unsigned char digest[32];
    size_t size = sizeof(digest);
    if (gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, digest, &size) < 0 || size != sizeof(digest))
        return false;
    hex_encode(digest, sizeof(digest), ret);
    return true;
}

/* The highest of which the certificate has the name. */
static unsigned generation_of(gnutls_x509_crt_t certificate, const char *name) {
    unsigned generation = 1;
    char text[PKI_NAME_SIZE];
    do
        pki_name(name, ++generation, text);
    while (generation <= PKI_GENERATION_MAX && gnutls_x509_crt_check_hostname(certificate, text));
    return generation - 1;
}

static bool tls_belongs(gnutls_x509_privkey_t key, gnutls_x509_crt_t certificate) {
    unsigned char of_key[32], of_certificate[32];
    size_t key_size = sizeof(of_key), certificate_size = sizeof(of_certificate);
    return gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, of_key, &key_size) >= 0 &&
           gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, of_certificate, &certificate_size) >= 0 &&
           key_size == certificate_size && !memcmp(of_key, of_certificate, key_size);
}

static int judge(const char *folder, struct tls *tls, struct error *err) {
    cleanup_certificate gnutls_x509_crt_t authority = import(tls->authority), certificate = import(tls->certificate);
    cleanup_private_key gnutls_x509_privkey_t key = import_key(tls->key);
    char hash[PKI_KEY_SIZE];
    unsigned verdict = 0;
    if (!authority || !certificate || !key)
        return error_set(err, EINVAL, "`%s/%s` is not PEM of a %s", folder,
                         !authority     ? "ca.crt"
                         : !certificate ? "seed.crt"
                                        : "seed.key",
                         key ? "certificate" : "private key");
    if (!tls_belongs(key, certificate))
        return error_set(err, EINVAL, "`%s/seed.key` is not the key of seed.crt", folder);
    if (gnutls_x509_crt_verify(certificate, &authority, 1, 0, &verdict) < 0 || verdict) {
        bool dated = !(verdict & ~(unsigned)(GNUTLS_CERT_INVALID | GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED));
        return error_set(err, EINVAL, "`%s/seed.crt` %s", folder,
                         dated ? "is not valid at this time" : "is not by the authority in ca.crt");
    }
    if (!gnutls_x509_crt_check_hostname(certificate, PKI_SEED_NAME))
        return error_set(err, EINVAL, "`%s/seed.crt` is not for " PKI_SEED_NAME, folder);
    if (!key_hash(authority, hash))
        return error_set(err, EINVAL, "`%s/ca.crt`: its key cannot be hashed", folder);
    snprintf(tls->pin, sizeof(tls->pin), PKI_PIN_PREFIX "%s", hash);
    tls->generation = generation_of(certificate, PKI_SEED_NAME);
    tls->expires = gnutls_x509_crt_get_expiration_time(certificate);
    int64_t left = tls->expires - time(NULL);
    if (left < WARN_DAYS * DAY_S)
        log_warning("`%s/seed.crt` ends in %lld days; seedctl init --renew makes another", folder,
                    (long long)left / DAY_S);
    return 0;
}

int tls_load(const char *folder, struct tls *ret, struct error *err) {
    struct tls tls = {0};
    if (read_text(folder, "ca.crt", &tls.authority, err) == 0 &&
        read_text(folder, "seed.crt", &tls.certificate, err) == 0 &&
        read_text(folder, "seed.key", &tls.key, err) == 0 && check_secret(folder, err) == 0) {
        if (judge(folder, &tls, err) == 0) {
            *ret = tls;
            return 0;
        }
        error_remedy(
            err,
            "see that clock and files are right; else seedctl init --renew, with ca.key in the folder, makes new ones");
    }
    tls_free(&tls);
    return -1;
}

void tls_free(struct tls *tls) {
    if (tls->key)
        explicit_bzero(tls->key, strlen(tls->key));
    free(tls->authority);
    free(tls->certificate);
    free(tls->key);
    *tls = (struct tls){0};
}

static unsigned generation_of_operator(gnutls_session_t session, gnutls_x509_crt_t certificate) {
    char name[64];
    size_t size = sizeof(name);
    unsigned verdict = GNUTLS_CERT_INVALID;
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT};
    bool is = gnutls_certificate_verify_peers(session, &purpose, 1, &verdict) >= 0 && !verdict &&
              gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size) >= 0 &&
              !strcmp(name, PKI_OPERATOR_NAME);
    return is ? generation_of(certificate, PKI_OPERATOR_NAME) : 0;
}

void tls_peer(struct MHD_Connection *connection, struct tls_peer *ret) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned n = 0;
    *ret = (struct tls_peer){0};
    const gnutls_datum_t *chain =
        info && info->tls_session ? gnutls_certificate_get_peers((gnutls_session_t)info->tls_session, &n) : NULL;
    cleanup_certificate gnutls_x509_crt_t certificate = NULL;
    if (!chain || n == 0 || gnutls_x509_crt_init(&certificate) < 0 ||
        gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) < 0)
        return;
    if (key_hash(certificate, ret->key))
        ret->operator_generation = generation_of_operator((gnutls_session_t)info->tls_session, certificate);
}
