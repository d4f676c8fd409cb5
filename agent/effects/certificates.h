/* SPDX-License-Identifier: Apache-2.0
 * The certificates that kubeadm made on this machine, and kubelet's (kubernetes.io: PKI certificates and requirements),
 * by the names of `kubeadm certs check-expiration`. */
#pragma once
#include "error.h"
#include <stddef.h>
#include <stdint.h>

enum { CERTIFICATES_MAX = 16 };

struct certificate {
    const char *name; /* "apiserver"; a constant */
    enum certificate_owner {
        CERTIFICATE_OF_KUBEADM, /* `kubeadm certs renew all` makes it anew */
        CERTIFICATE_OF_KUBELET, /* kubelet asks for a new one while the old one is valid */
        CERTIFICATE_AUTHORITY   /* nobody makes it anew */
    } owner;
    int64_t ends; /* notAfter, seconds since 1970 */
};

/* Those that are there. -1 when one cannot be read; the error names its file. */
int certificates_list(struct certificate ret[CERTIFICATES_MAX], size_t *ret_n, struct error *err);
