/* SPDX-License-Identifier: Apache-2.0
 * See joiners.h. The roles are kubeadm's (cmd/phases/bootstraptoken/node/tlsbootstrap.go, uploadconfig,
 * kubelet/config.go, addons/proxy, copycerts) and Kubernetes' own. */
#include "joiners.h"

#include "kubernetes.h"
#include <stdio.h>

#define RBAC "/apis/rbac.authorization.k8s.io/v1"

static const struct {
    const char *name, *role;
    bool everywhere, versioned, masters;
} bindings[JOINERS_BINDINGS] = {
    {"seedrack:kubelet-bootstrap", "system:node-bootstrapper", true, false, false}, /* to ask for a certificate */
    {"seedrack:get-nodes", "kubeadm:get-nodes", true, false, false},
    {"seedrack:kubeadm-config", "kubeadm:nodes-kubeadm-config", false, false, false},
    {"seedrack:kubelet-config", "kubeadm:kubelet-config", false, true, false},
    {"seedrack:kube-proxy", "kube-proxy", false, false, false},
    {"seedrack:kubeadm-certs", "kubeadm:kubeadm-certs", false, false, true},
};

const char *joiners_groups(bool master) {
    return master ? JOINERS_GROUP "," JOINERS_MASTERS_GROUP : JOINERS_GROUP;
}

/* Behind the name of binding n's role. */
static void version_of(unsigned n, const char *release, char ret[static 16]) {
    ret[0] = '\0';
    if (bindings[n].versioned && kubernetes_has(release, K8S_VERSIONED_CONFIGS))
        snprintf(ret, 16, "-1.%u", kubernetes_minor(release));
}

/* In an upgrade masters of two releases act with one set of rights. */
static void add_neighbours(unsigned n, const char *release, struct buf *ret) {
    unsigned minor = kubernetes_minor(release);
    for (unsigned other = minor - 1; other <= minor + 1; other++)
        buf_addf(ret, "%s%s-1.%u", ret->length ? " " : "", bindings[n].role, other);
}

void joiners_roles(bool everywhere, const char *release, struct buf *ret) {
    for (unsigned n = 0; n < JOINERS_BINDINGS; n++) {
        if (bindings[n].everywhere != everywhere)
            continue;
        buf_addf(ret, "%s%s", ret->length ? " " : "", bindings[n].role);
        if (bindings[n].versioned && kubernetes_has(release, K8S_VERSIONED_CONFIGS))
            add_neighbours(n, release, ret);
    }
}

void joiners_binding(unsigned n, const char *release, struct buf *ret_path, struct buf *ret_body) {
    bool everywhere = bindings[n].everywhere;
    char version[16];
    version_of(n, release, version);
    buf_adds(ret_path, everywhere ? RBAC "/clusterrolebindings" : RBAC "/namespaces/kube-system/rolebindings");
    buf_addf(
        ret_body,
        "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"%sRoleBinding\",\"metadata\":{\"name\":\"%s\"},"
        "\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"%sRole\",\"name\":\"%s%s\"},"
        "\"subjects\":[{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"Group\",\"name\":\"%s\"}]}",
        everywhere ? "Cluster" : "", bindings[n].name, everywhere ? "Cluster" : "", bindings[n].role, version,
        bindings[n].masters ? JOINERS_MASTERS_GROUP : JOINERS_GROUP);
}
