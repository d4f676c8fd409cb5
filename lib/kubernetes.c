/* SPDX-License-Identifier: Apache-2.0
 * See kubernetes.h. The numbers behind # are pull requests of kubernetes/kubernetes. */
#include "kubernetes.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { NEWEST = 37, NOW = INT_MAX };

static const struct {
    unsigned first, last; /* minor versions */
} features[K8S_FEATURES] = {
    [K8S_DOCKERSHIM] = {0, 23},        /* removed by #97252 */
    [K8S_CRI_V1] = {23, NOW},          /* #106501 */
    [K8S_CONTAINERD_2] = {31, NOW},    /* with v1beta4, see below */
    [K8S_READYZ] = {16, NOW},          /* #78458 */
    [K8S_CSR_V1] = {19, NOW},          /* #91685 */
    [K8S_SLICES_V1] = {21, NOW},       /* generally available: KEP 752 */
    [K8S_VERSIONED_CONFIGS] = {0, 23}, /* kubeadm#1582 */
    [K8S_PLAIN_HEALTH] = {0, 20},      /* off in 1.20 unless a port is given; removed by #96345 */
    [K8S_CGROUP_V2] = {25, NOW},       /* generally available: #85218 */
    [K8S_KUBELET_PATCHES] = {25, NOW}, /* #110405 */
    [K8S_ETCD_LEARNERS] = {32, NOW},   /* generally available: kubeadm#1793 */
    [K8S_OWN_API_FIRST] = {33, NOW},   /* ControlPlaneKubeletLocalMode is on: kubeadm#2271 */
    [K8S_KEY_ALGORITHMS] = {31, NOW},  /* with v1beta4: #123054; before it an alpha feature gate */
    [K8S_ECDSA_P384] = {34, NOW},      /* #131677 */
    [K8S_CERT_VALIDITY] = {31, NOW},   /* with v1beta4: #124652 */
    [K8S_PROXY_NFTABLES] = {33, NOW},  /* generally available: KEP-3866, #129653 */
    [K8S_CERTS_COMMAND] = {20, NOW},   /* #94938 */
    [K8S_UPGRADE_CONFIG] = {31, NOW},  /* with v1beta4: kubeadm#2489 */
    [K8S_EVICTION_V1] = {22, NOW},     /* #100724 */
};

static const struct {
    unsigned first, last;
    const char *api;
} kubeadm[] = {
    {15, 24, "kubeadm.k8s.io/v1beta2"},  /* 1.25 has v1beta3 alone */
    {31, NOW, "kubeadm.k8s.io/v1beta4"}, /* kubeadm#2890 */
};

unsigned kubernetes_minor(const char *release) {
    const char *dot = strchr(release, '.');
    return dot ? (unsigned)strtoul(dot + 1, NULL, 10) : 0;
}

unsigned kubernetes_newest(void) {
    return NEWEST;
}

bool kubernetes_has(const char *release, enum kubernetes_feature feature) {
    unsigned minor = kubernetes_minor(release);
    return minor >= features[feature].first && minor <= features[feature].last;
}

unsigned kubernetes_first(enum kubernetes_feature feature) {
    return features[feature].first;
}

const char *kubernetes_kubeadm_api(const char *release) {
    unsigned minor = kubernetes_minor(release);
    for (size_t i = 0; i < sizeof(kubeadm) / sizeof(kubeadm[0]); i++)
        if (minor >= kubeadm[i].first && minor <= kubeadm[i].last)
            return kubeadm[i].api;
    return NULL;
}

static const struct {
    const char *to, *before; /* minor versions of etcd, and the oldest that may come before them */
} etcds[] = {
    {"3.6", "3.5.26"}, /* etcd#20793: voters turned learners, removed members came back */
    {"3.7", "3.6.11"}, /* etcd.io: Upgrading etcd from 3.6 to 3.7 */
};

static bool is_of(const char *version, const char *minor) {
    size_t n = strlen(minor);
    return !strncmp(version, minor, n) && version[n] == '.';
}

const char *kubernetes_etcd_before(const char *to) {
    for (size_t i = 0; i < sizeof(etcds) / sizeof(etcds[0]); i++)
        if (is_of(to, etcds[i].to))
            return etcds[i].before;
    return NULL;
}

bool kubernetes_etcd_older(const char *one, const char *other) {
    for (int part = 0; part < 3; part++) {
        char *end_one, *end_other;
        unsigned long a = strtoul(one, &end_one, 10), b = strtoul(other, &end_other, 10);
        if (a != b)
            return a < b;
        one = end_one + (*end_one == '.');
        other = end_other + (*end_other == '.');
    }
    return false;
}
