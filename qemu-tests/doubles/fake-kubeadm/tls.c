/* SPDX-License-Identifier: Apache-2.0
 * See tls.h. */
#include "tls.h"

#include <errno.h>
#include <mbedtls/net_sockets.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <sys/socket.h>

static int failed(int code, const char *what, struct error *err) {
    return error_set(err, -1, "TLS: %s: mbedTLS error -0x%04x", what, (unsigned)-code);
}

static void path_of(const struct place *place, const char *name, char ret[PATH_MAX]) {
    char path[256];
    snprintf(path, sizeof(path), "/etc/kubernetes/pki/%s", name);
    place_path(place, path, ret);
}

static int load_certificate(const struct place *place, const char *name, mbedtls_x509_crt *ret, struct error *err) {
    char path[PATH_MAX];
    path_of(place, name, path);
    mbedtls_x509_crt_init(ret);
    int code = mbedtls_x509_crt_parse_file(ret, path);
    return code ? failed(code, path, err) : 0;
}

static int load_key(const struct place *place, const char *name, struct tls *tls, struct error *err) {
    char path[PATH_MAX];
    path_of(place, name, path);
    mbedtls_pk_init(&tls->key);
    int code = mbedtls_pk_parse_keyfile(&tls->key, path, NULL, mbedtls_ctr_drbg_random, &tls->random);
    return code ? failed(code, path, err) : 0;
}

int tls_init(const struct place *place, const char *certificate, const char *key, const char *ca, bool demand,
             struct tls *ret, struct error *err) {
    mbedtls_entropy_init(&ret->entropy);
    mbedtls_ctr_drbg_init(&ret->random);
    mbedtls_ssl_config_init(&ret->config);
    int code = psa_crypto_init() == PSA_SUCCESS ? 0 : MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
    if (code == 0)
        code = mbedtls_ctr_drbg_seed(&ret->random, mbedtls_entropy_func, &ret->entropy, NULL, 0);
    if (code == 0)
        code = mbedtls_ssl_config_defaults(&ret->config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                           MBEDTLS_SSL_PRESET_DEFAULT);
    if (code)
        return failed(code, "start", err);
    if (load_certificate(place, certificate, &ret->certificate, err) < 0 ||
        load_certificate(place, ca, &ret->ca, err) < 0 || load_key(place, key, ret, err) < 0)
        return -1;
    mbedtls_ssl_conf_rng(&ret->config, mbedtls_ctr_drbg_random, &ret->random);
    mbedtls_ssl_conf_max_tls_version(&ret->config, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_ca_chain(&ret->config, &ret->ca, NULL);
    mbedtls_ssl_conf_authmode(&ret->config, demand ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_OPTIONAL);
    code = mbedtls_ssl_conf_own_cert(&ret->config, &ret->certificate, &ret->key);
    return code ? failed(code, certificate, err) : 0;
}

static int on_send(void *fd, const unsigned char *data, size_t length) {
    ssize_t put = send(*(int *)fd, data, length, MSG_NOSIGNAL);
    if (put >= 0)
        return (int)put;
    return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_WRITE : MBEDTLS_ERR_NET_SEND_FAILED;
}

static int on_receive(void *fd, unsigned char *data, size_t length) {
    ssize_t got = recv(*(int *)fd, data, length, 0);
    if (got >= 0)
        return (int)got;
    return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_READ : MBEDTLS_ERR_NET_RECV_FAILED;
}

int tls_session(const struct tls *tls, int *fd, mbedtls_ssl_context *ret, struct error *err) {
    mbedtls_ssl_init(ret);
    int code = mbedtls_ssl_setup(ret, &tls->config);
    if (code)
        return failed(code, "session", err);
    mbedtls_ssl_set_bio(ret, fd, on_send, on_receive, NULL);
    return 0;
}
