/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm (test double): one service's side of TLS 1.2, by mbedTLS. */
#pragma once
#include "place.h"
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

struct tls {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_ssl_config config;
    mbedtls_x509_crt certificate, ca;
    mbedtls_pk_context key;
};

/* Paths below /etc/kubernetes/pki. A client's certificate is judged by `ca`, and demanded when `demand`. *ret must not
 * move afterwards and lives as long as the process. */
int tls_init(const struct place *place, const char *certificate, const char *key, const char *ca, bool demand,
             struct tls *ret, struct error *err);
/* A server's session on `*fd`, a socket that does not block; mbedtls_ssl_free() it, also after an error. */
int tls_session(const struct tls *tls, int *fd, mbedtls_ssl_context *ret, struct error *err);
