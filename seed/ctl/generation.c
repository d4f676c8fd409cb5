/* SPDX-License-Identifier: Apache-2.0
 * See generation.h. */
#include "generation.h"
#include "pki.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

unsigned generation_of_file(const char *path, const char *name) {
    BIO *file = BIO_new_file(path, "r");
    X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;
    unsigned generation = certificate ? 1 : 0;
    char text[PKI_NAME_SIZE];
    for (; certificate && generation < PKI_GENERATION_MAX; generation++) {
        pki_name(name, generation + 1, text);
        if (X509_check_host(certificate, text, 0, 0, NULL) != 1)
            break;
    }
    X509_free(certificate);
    BIO_free(file);
    return generation;
}
