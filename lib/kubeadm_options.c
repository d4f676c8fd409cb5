/* SPDX-License-Identifier: Apache-2.0
 * See kubeadm_options.h. */
#include "kubeadm_options.h"

#include "check.h"
#include "kubernetes.h"
#include "role_lists.h"
#include <stdlib.h>
#include <string.h>

enum { ABSENT = -2 };

const char *const kubeadm_option_keys[] = {KUBEADM_OPTION_KEYS, NULL};

static const char *choice(const struct cursor *object, const char *key, const char *const *names) {
    int index = cursor_choice(object, key, names, ABSENT);
    return index == ABSENT ? NULL : names[index];
}

/* Refuses a value that the release does not know. */
static void check_known(const struct cursor *object, const char *key, const char *release,
                        enum kubernetes_feature feature, const char *what) {
    struct cursor at = cursor_key(object, key);
    if (release && !kubernetes_has(release, feature))
        cursor_fail(&at, "%s is new in Kubernetes v1.%u, and the release is %s; remove it", what,
                    kubernetes_first(feature), release);
}

static void read_algorithm(const struct cursor *cluster, const char *release, struct kubeadm_options *ret) {
    static const char key[] = "encryption_algorithm";
    static const char *const names[] = {"RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384", NULL};
    ret->encryption_algorithm = choice(cluster, key, names);
    if (!ret->encryption_algorithm)
        return;
    bool p384 = !strcmp(ret->encryption_algorithm, "ECDSA-P384");
    check_known(cluster, key, release, p384 ? K8S_ECDSA_P384 : K8S_KEY_ALGORITHMS,
                p384 ? "kubeadm's ECDSA-P384" : "kubeadm's choice of an algorithm");
}

static const char *read_period(const struct cursor *cluster, const char *key, reader_check check, const char *release) {
    const char *text = cursor_string(cluster, key, check, NULL);
    if (text)
        check_known(cluster, key, release, K8S_CERT_VALIDITY, "kubeadm's choice of a validity");
    return text;
}

int64_t kubeadm_validity_s(const char *text) {
    return (int64_t)strtoul(text ? text : KUBEADM_VALIDITY, NULL, 10) * (text && strchr(text, 'm') ? 60 : 3600);
}

/* kubeadm only warns of certificates that outlive their authority. */
static void read_validity(const struct cursor *cluster, const char *release, struct kubeadm_options *ret) {
    static const char own_key[] = "certificate_validity_period", ca_key[] = "ca_certificate_validity_period";
    const char *own = read_period(cluster, own_key, check_validity, release);
    const char *ca = read_period(cluster, ca_key, check_hours, release);
    ret->certificate_validity_period = own;
    ret->ca_certificate_validity_period = ca;
    own = own ? own : KUBEADM_VALIDITY;
    ca = ca ? ca : "87600h"; /* kubeadm's default */
    struct cursor at = cursor_key(cluster, ret->certificate_validity_period ? own_key : ca_key);
    if (kubeadm_validity_s(own) > kubeadm_validity_s(ca))
        cursor_fail(&at, "certificates for %s outlive their authority, which has %s; make %s the larger one", own, ca,
                    ca_key);
}

static void read_proxy(const struct cursor *cluster, const char *release, struct kubeadm_options *ret) {
    static const char *const keys[] = {"mode", NULL}, *const modes[] = {"iptables", "nftables", NULL};
    struct cursor proxy = cursor_key(cluster, "kube_proxy");
    if (!proxy.item || !cursor_object(&proxy, keys))
        return;
    ret->proxy_mode = choice(&proxy, "mode", modes);
    if (ret->proxy_mode && !strcmp(ret->proxy_mode, "nftables"))
        check_known(&proxy, "mode", release, K8S_PROXY_NFTABLES, "kube-proxy's mode nftables");
}

/* Docker writes the logs of its containers itself, and kubelet's sizes count for other runtimes alone
 * (kubernetes v1.20, pkg/kubelet/kubelet.go: NewStubContainerLogManager). */
static void read_kubelet(const struct cursor *cluster, bool docker, struct kubeadm_options *ret) {
    static const char *const sizes[] = {"containerLogMaxFiles", "containerLogMaxSize", NULL};
    struct cursor kubelet = cursor_key(cluster, "kubelet"), port = cursor_key(&kubelet, "healthzPort");
    role_check_kubelet(&kubelet);
    ret->kubelet = kubelet.item;
    if (port.item)
        cursor_fail(&port, "kubeadm init waits until kubelet answers at 10248; remove it");
    for (const char *const *size = sizes; docker && *size; size++) {
        struct cursor at = cursor_key(&kubelet, *size);
        if (at.item)
            cursor_fail(&at, "Docker writes the logs: 3 files of 10 MB for a container; remove it, or use containerd");
    }
}

static const cJSON *read_extra_args(const struct cursor *cluster, enum control_plane_component component) {
    static const char *const keys[] = {"extra_args", NULL};
    struct cursor program = cursor_key(cluster, component_names[component]);
    if (!program.item || !cursor_object(&program, keys))
        return NULL;
    struct cursor extra_args = cursor_key(&program, "extra_args");
    extra_args_check(&extra_args, component);
    return extra_args.item;
}

void kubeadm_options_read(const struct cursor *cluster, const char *release, bool docker, struct kubeadm_options *ret) {
    read_algorithm(cluster, release, ret);
    read_validity(cluster, release, ret);
    ret->image_repository = cursor_string(cluster, "image_repository", check_repository, NULL);
    read_proxy(cluster, release, ret);
    read_kubelet(cluster, docker, ret);
    for (int i = 0; i < COMPONENTS; i++)
        ret->extra_args[i] = read_extra_args(cluster, (enum control_plane_component)i);
}
