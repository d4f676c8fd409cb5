/* SPDX-License-Identifier: Apache-2.0
 * See certificates.h. */
#include "certificates.h"
#include "decide/credential.h"
#include "decide/paths.h"

#include "file.h"
#include <errno.h>
#include <mbedtls/x509_crt.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

static const struct {
    const char *name, *path;
    enum certificate_owner owner;
    bool kubeconfig; /* the file has certificate and key as values */
} files[] = {
    {"admin.conf", ADMIN_CONF, CERTIFICATE_OF_KUBEADM, true},
    {"super-admin.conf", "/etc/kubernetes/super-admin.conf", CERTIFICATE_OF_KUBEADM, true},
    {"controller-manager.conf", "/etc/kubernetes/controller-manager.conf", CERTIFICATE_OF_KUBEADM, true},
    {"scheduler.conf", "/etc/kubernetes/scheduler.conf", CERTIFICATE_OF_KUBEADM, true},
    {"apiserver", KUBE_PKI "/apiserver.crt", CERTIFICATE_OF_KUBEADM, false},
    {"apiserver-etcd-client", KUBE_PKI "/apiserver-etcd-client.crt", CERTIFICATE_OF_KUBEADM, false},
    {"apiserver-kubelet-client", KUBE_PKI "/apiserver-kubelet-client.crt", CERTIFICATE_OF_KUBEADM, false},
    {"front-proxy-client", KUBE_PKI "/front-proxy-client.crt", CERTIFICATE_OF_KUBEADM, false},
    {"etcd-server", KUBE_PKI "/etcd/server.crt", CERTIFICATE_OF_KUBEADM, false},
    {"etcd-peer", KUBE_PKI "/etcd/peer.crt", CERTIFICATE_OF_KUBEADM, false},
    {"etcd-healthcheck-client", KUBE_PKI "/etcd/healthcheck-client.crt", CERTIFICATE_OF_KUBEADM, false},
    {"kubelet", KUBELET_PEM, CERTIFICATE_OF_KUBELET, false},
    {"ca", KUBE_PKI "/ca.crt", CERTIFICATE_AUTHORITY, false},
    {"etcd-ca", KUBE_PKI "/etcd/ca.crt", CERTIFICATE_AUTHORITY, false},
    {"front-proxy-ca", KUBE_PKI "/front-proxy-ca.crt", CERTIFICATE_AUTHORITY, false},
};
_Static_assert(sizeof(files) / sizeof(files[0]) <= CERTIFICATES_MAX, "the caller's list has room");

/* The certificate of a text that may also have a key. */
static int ends_at(const struct buf *pem, int64_t *ret, struct error *err) {
    mbedtls_x509_crt certificate;
    mbedtls_x509_crt_init(&certificate);
    int code = mbedtls_x509_crt_parse(&certificate, (const unsigned char *)buf_text(pem), pem->length + 1);
    struct tm end = {.tm_year = certificate.valid_to.year - 1900,
                     .tm_mon = certificate.valid_to.mon - 1,
                     .tm_mday = certificate.valid_to.day,
                     .tm_hour = certificate.valid_to.hour,
                     .tm_min = certificate.valid_to.min,
                     .tm_sec = certificate.valid_to.sec};
    mbedtls_x509_crt_free(&certificate);
    *ret = timegm(&end);
    return code == 0 ? 0 : error_set(err, EPROTO, "no certificate: mbedTLS error -0x%04x", (unsigned)-code);
}

static int read_one(const char *path, bool kubeconfig, int64_t *ret, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(65536), pem = BUF_INIT(2 * CREDENTIAL_MAX);
    int result = file_read(path, &text, err);
    if (result == 0 && kubeconfig)
        result = credential_pem(buf_text(&text), &pem, err);
    if (result == 0)
        result = ends_at(kubeconfig ? &pem : &text, ret, err);
    if (text.data)
        explicit_bzero(text.data, text.length);
    if (pem.data)
        explicit_bzero(pem.data, pem.length);
    return result;
}

int certificates_list(struct certificate ret[CERTIFICATES_MAX], size_t *ret_n, struct error *err) {
    *ret_n = 0;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct certificate *next = &ret[*ret_n];
        struct error problem = {0};
        *next = (struct certificate){.name = files[i].name, .owner = files[i].owner};
        if (read_one(files[i].path, files[i].kubeconfig, &next->ends, &problem) == 0) {
            ++*ret_n;
        } else if (problem.errnum != ENOENT) {
            *err = problem;
            return error_wrap(err, "`%s`", files[i].path);
        }
    }
    return 0;
}
