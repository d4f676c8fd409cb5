/* SPDX-License-Identifier: Apache-2.0
 * What differs between the minor versions of Kubernetes. This table is the only place that knows their numbers: whoever
 * needs a difference asks for it by name. Pure. */
#pragma once
#include <stdbool.h>

enum kubernetes_feature {
    K8S_DOCKERSHIM,        /* kubelet speaks to Docker by itself */
    K8S_CRI_V1,            /* kubelet speaks CRI v1, the only one of containerd 2 */
    K8S_CONTAINERD_2,      /* our releases bring containerd 2; those before run with Debian's containerd 1 */
    K8S_READYZ,            /* the API server has /readyz */
    K8S_CSR_V1,            /* certificates.k8s.io/v1 */
    K8S_SLICES_V1,         /* discovery.k8s.io/v1, else v1beta1 */
    K8S_VERSIONED_CONFIGS, /* kubeadm's Role for kubelet's configuration has the minor version in its name */
    K8S_PLAIN_HEALTH,      /* `kubectl get componentstatuses` asks the components' plain HTTP ports */
    K8S_CGROUP_V2,
    K8S_KUBELET_PATCHES, /* kubeadm takes a patch of kubelet's configuration, for what one machine has alone */
    K8S_ETCD_LEARNERS,   /* a joining master's etcd is a learner until it has caught up */
    K8S_OWN_API_FIRST,   /* a joining master's kubelet asks the API server of its own machine for its certificate */
    K8S_KEY_ALGORITHMS,  /* kubeadm makes other keys than RSA-2048 when its configuration says so */
    K8S_ECDSA_P384,      /* ECDSA-P384 is one of them */
    K8S_CERT_VALIDITY,   /* kubeadm takes how long its certificates are valid */
    K8S_PROXY_NFTABLES,  /* kube-proxy's mode nftables */
    K8S_CERTS_COMMAND,   /* `kubeadm certs`; before it `kubeadm alpha certs` */
    K8S_UPGRADE_CONFIG,  /* `kubeadm upgrade` reads an UpgradeConfiguration */
    K8S_EVICTION_V1,     /* policy/v1 of the Eviction API, else v1beta1 */
    K8S_FEATURES
};

/* Of a release such as "v1.20.2". */
bool kubernetes_has(const char *release, enum kubernetes_feature feature);

/* The first minor version that has the feature, for people. */
unsigned kubernetes_first(enum kubernetes_feature feature);

/* The API of kubeadm's configuration that we render for the release, "kubeadm.k8s.io/v1beta4"; NULL: none. */
const char *kubernetes_kubeadm_api(const char *release);

/* The oldest etcd from which one of version `to` ("3.7.3") may be started: what comes before it may lose members or
 * data (etcd.io: Upgrading etcd). NULL: any. */
const char *kubernetes_etcd_before(const char *to);

/* Whether version `one` of etcd is older than `other`; what stands behind a dash, as in "3.6.16-0", does not count. */
bool kubernetes_etcd_older(const char *one, const char *other);

/* The newest minor version that this table is true of: a newer one may want something that we do not know. */
unsigned kubernetes_newest(void);

/* The minor version of a release: 20 for "v1.20.2", 0 for what is none. */
unsigned kubernetes_minor(const char *release);
