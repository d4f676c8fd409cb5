/* SPDX-License-Identifier: Apache-2.0
 * See ca_hash.h. */
#include "ca_hash.h"
#include "hex.h"

#include <mbedtls/sha256.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>

int ca_hash_of_file(const char *path, char ret[CA_HASH_SIZE], struct error *err) {
    mbedtls_x509_crt certificate;
    unsigned char digest[32];
    mbedtls_x509_crt_init(&certificate);
    int code = mbedtls_x509_crt_parse_file(&certificate, path);
    if (code == 0)
        code = mbedtls_sha256(certificate.pk_raw.p, certificate.pk_raw.len, digest, 0);
    mbedtls_x509_crt_free(&certificate);
    if (code != 0)
        return error_set(err, -1, "certificate `%s`: mbedTLS error -0x%04x", path, (unsigned)-code);
    int length = snprintf(ret, CA_HASH_SIZE, "sha256:");
    hex_encode(digest, sizeof(digest), ret + length);
    return 0;
}
