/* SPDX-License-Identifier: Apache-2.0
 * See identity.h. */
#include "identity.h"
#include "ca_hash.h"

#include "file.h"
#include <errno.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PEM_SIZE = 2048 };
#define SUBJECT "O=Seedrack,CN=machine"

struct making {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_pk_context key;
    mbedtls_x509write_cert certificate;
    unsigned char secret[PEM_SIZE], public[PEM_SIZE];
};

/* The validity covers every clock, since the seed looks only at the certificate's key. Returns 0 or mbedTLS's error. */
static int identity_write(struct making *m) {
    unsigned char serial[16] = {0};
    int code = mbedtls_ctr_drbg_seed(&m->random, mbedtls_entropy_func, &m->entropy, NULL, 0);
    if (code == 0)
        code = mbedtls_ctr_drbg_random(&m->random, serial, sizeof(serial));
    serial[0] = (serial[0] & 0x7f) | 0x40; /* positive, and not shorter (RFC 5280, 4.1.2.2) */
    if (code == 0)
        code = mbedtls_pk_setup(&m->key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (code == 0)
        code =
            mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(m->key), mbedtls_ctr_drbg_random, &m->random);
    mbedtls_x509write_crt_set_version(&m->certificate, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&m->certificate, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&m->certificate, &m->key);
    mbedtls_x509write_crt_set_issuer_key(&m->certificate, &m->key);
    if (code == 0)
        code = mbedtls_x509write_crt_set_serial_raw(&m->certificate, serial, sizeof(serial));
    if (code == 0)
        code = mbedtls_x509write_crt_set_validity(&m->certificate, "19700101000000", "99991231235959");
    if (code == 0)
        code = mbedtls_x509write_crt_set_subject_name(&m->certificate, SUBJECT);
    if (code == 0)
        code = mbedtls_x509write_crt_set_issuer_name(&m->certificate, SUBJECT);
    if (code == 0)
        code = mbedtls_x509write_crt_set_basic_constraints(&m->certificate, 0, -1);
    if (code == 0)
        code = mbedtls_pk_write_key_pem(&m->key, m->secret, sizeof(m->secret));
    if (code == 0)
        code = mbedtls_x509write_crt_pem(&m->certificate, m->public, sizeof(m->public), mbedtls_ctr_drbg_random,
                                         &m->random);
    return code;
}

static int identity_keep(const char *folder, const char *name, const unsigned char *pem, mode_t mode,
                         struct error *err) {
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return file_write(path, pem, strlen((const char *)pem), mode, err);
}

int identity_make(const char *folder, struct error *err) {
    struct making m = {0};
    mbedtls_entropy_init(&m.entropy);
    mbedtls_ctr_drbg_init(&m.random);
    mbedtls_pk_init(&m.key);
    mbedtls_x509write_crt_init(&m.certificate);
    int code = identity_write(&m);
    int result = code ? error_set(err, EIO, "machine's key: mbedTLS error -0x%04x", (unsigned)-code) : 0;
    if (result == 0 && (identity_keep(folder, IDENTITY_KEY, m.secret, 0600, err) < 0 ||
                        identity_keep(folder, IDENTITY_CERTIFICATE, m.public, 0644, err) < 0))
        result = -1;
    mbedtls_x509write_crt_free(&m.certificate);
    mbedtls_pk_free(&m.key);
    mbedtls_ctr_drbg_free(&m.random);
    mbedtls_entropy_free(&m.entropy);
    mbedtls_platform_zeroize(m.secret, sizeof(m.secret));
    return result;
}

int identity_hash(const char *folder, char ret[static PKI_KEY_SIZE], struct error *err) {
    char path[256], hash[CA_HASH_SIZE];
    snprintf(path, sizeof(path), "%s/" IDENTITY_CERTIFICATE, folder);
    if (access(path, F_OK) < 0)
        return error_errno(err, errno, "`%s`", path);
    if (ca_hash_of_file(path, hash, err) < 0)
        return error_code(err, SR_CLAIM_KEY),
               error_remedy(
                   err, "remove it: another key is made, and the seed's operator forgets the old one (seedctl forget)");
    snprintf(ret, PKI_KEY_SIZE, "%s", strchr(hash, ':') + 1);
    return 0;
}
