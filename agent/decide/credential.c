/* SPDX-License-Identifier: Apache-2.0
 * See credential.h. kubeadm writes one user into a file, each value on its own line. */
#include "credential.h"

#include <errno.h>
#include <mbedtls/base64.h>
#include <stdbool.h>
#include <string.h>

static int add_value(const char *text, const char *key, struct buf *ret, struct error *err) {
    unsigned char pem[CREDENTIAL_MAX];
    size_t length = 0;
    const char *at = strstr(text, key);
    if (!at || strstr(at + 1, key))
        return error_set(err, EPROTO, "`%.*s`: not given once", (int)strlen(key) - 2, key);
    at += strlen(key);
    int bad = mbedtls_base64_decode(pem, sizeof(pem), &length, (const unsigned char *)at, strcspn(at, "\r\n"));
    bool whole = bad == 0 && length > 0 && !memchr(pem, '\0', length);
    if (whole) {
        buf_add(ret, (const char *)pem, length);
        buf_adds(ret, "\n");
    }
    explicit_bzero(pem, sizeof(pem));
    return whole && !buf_failed(ret) ? 0 : error_set(err, EPROTO, "`%.*s`: no base64", (int)strlen(key) - 2, key);
}

int credential_pem(const char *kubeconfig, struct buf *ret, struct error *err) {
    return add_value(kubeconfig, "client-certificate-data: ", ret, err) < 0 ||
                   add_value(kubeconfig, "client-key-data: ", ret, err) < 0
               ? -1
               : 0;
}
