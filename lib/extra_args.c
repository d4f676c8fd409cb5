/* SPDX-License-Identifier: Apache-2.0
 * See extra_args.h. What kubeadm sets: kubernetes, cmd/kubeadm/app/phases/controlplane/manifests.go, v1.20 and v1.37.
 */
#include "extra_args.h"

#include "check.h"
#include <stdbool.h>
#include <string.h>

const char *const component_names[] = {"api_server", "controller_manager", "scheduler", NULL};

enum {
    A = 1 << COMPONENT_API_SERVER,
    C = 1 << COMPONENT_CONTROLLER_MANAGER,
    S = 1 << COMPONENT_SCHEDULER,
};

#define REMOVE "remove it"

/* `*` stands for any rest. */
static const struct {
    const char *flag;
    unsigned components;
    const char *why, *remedy;
} taken[] = {
    /* where it listens: HAProxy, probes and joiners look there */
    {"advertise-address", A, "kubeadm sets it to the machine's address", REMOVE},
    {"bind-address", A | C | S, "HAProxy and kubelet's probes expect kubeadm's", REMOVE},
    {"secure-port", A | C | S, "HAProxy and kubelet's probes expect kubeadm's", REMOVE},
    {"insecure-*", A, "HAProxy and kubelet's probes expect kubeadm's", REMOVE},
    {"port", C | S, "it is the health port, which Seedrack sets", REMOVE},
    {"address", C | S, "it is where the health port listens, which Seedrack sets", REMOVE},
    {"healthz-*", S, "it is the health port, which Seedrack sets", REMOVE},
    /* networks */
    {"service-cluster-ip-range", A | C, "kubeadm sets it", "change /cluster/service_subnet"},
    {"cluster-cidr", C, "kubeadm sets it", "change /cluster/pod_subnet"},
    {"allocate-node-cidrs", C, "it follows from /cni/type", REMOVE},
    {"node-cidr-mask-size*", C, "each node has a /24", REMOVE},
    {"cluster-name", C, "kubeadm sets it", "change /cluster/name"},
    /* keys and certificates */
    {"etcd-*", A, "kubeadm sets what belongs to its etcd", REMOVE},
    {"client-ca-file", A | C | S, "kubeadm sets its own authority", REMOVE},
    {"tls-*", A | C | S, "kubeadm's certificates and Seedrack's own connections rest on it", REMOVE},
    {"cert-dir", A | C | S, "kubeadm sets its certificates", REMOVE},
    {"root-ca-file", C, "kubeadm sets its own authority", REMOVE},
    {"requestheader-*", A | C | S, "kubeadm sets what belongs to the front proxy", REMOVE},
    {"proxy-client-*", A, "kubeadm sets what belongs to the front proxy", REMOVE},
    {"kubelet-*", A, "kubeadm sets how the API server reaches kubelets", REMOVE},
    {"service-account-*", A | C, "kubeadm sets the keys of service accounts", REMOVE},
    {"use-service-account-credentials", C, "kubeadm sets it, and its roles expect it", REMOVE},
    /* all of cluster-signing-* but cluster-signing-duration */
    {"cluster-signing-cert-file", C, "kubeadm sets what signs the machines' certificates", REMOVE},
    {"cluster-signing-key-file", C, "kubeadm sets what signs the machines' certificates", REMOVE},
    {"cluster-signing-kube*", C, "kubeadm sets what signs the machines' certificates", REMOVE},
    {"cluster-signing-legacy-*", C, "kubeadm sets what signs the machines' certificates", REMOVE},
    /* who may come in: machines join by bootstrap tokens, probes and joiners ask without a certificate */
    {"authorization-*", A | C | S, "kubeadm sets it, and the rights of machines rest on it", REMOVE},
    {"authentication-kubeconfig", C | S, "kubeadm sets it", REMOVE},
    {"anonymous-auth", A, "kubelet's probes and joining machines ask without a certificate", REMOVE},
    {"enable-bootstrap-token-auth", A, "machines join by bootstrap tokens", REMOVE},
    {"admission-control", A, "it replaces kubeadm's plugins", "give enable-admission-plugins"},
    {"allow-privileged", A, "kube-proxy is privileged", REMOVE},
    {"controllers", C, "joining machines need bootstrapsigner and tokencleaner", REMOVE},
    /* what makes it one of three */
    {"kubeconfig", C | S, "kubeadm sets it", REMOVE},
    {"master", C | S, "kubeadm sets it by --kubeconfig", REMOVE},
    {"config", S, "it names a file, and the static pod has none of the site's", REMOVE},
    {"leader-elect", C | S, "one of several masters leads", REMOVE},
    {"help", A | C | S, "the program would print and end", REMOVE},
    {"version", A | C | S, "the program would print and end", REMOVE},
};

static bool matches(const char *pattern, const char *flag) {
    size_t n = strcspn(pattern, "*");
    return pattern[n] ? !strncmp(pattern, flag, n) : !strcmp(pattern, flag);
}

/* Whether one of the words between commas is `word`. */
static bool has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ",") == length && !strncmp(at, word, length))
            return true;
    return false;
}

/* A kubelet may change no other machine's node and pods because of NodeRestriction, which kubeadm sets. */
static void check_plugins(const struct cursor *at, const char *flag, const char *value) {
    bool restricted = has_word(value, "NodeRestriction");
    if (!strcmp(flag, "enable-admission-plugins") && !restricted)
        cursor_fail(at, "replaces kubeadm's own plugin; put `NodeRestriction` into the list");
    if (!strcmp(flag, "disable-admission-plugins") && restricted)
        cursor_fail(at, "a stolen worker's rights end at `NodeRestriction`; take it out of the list");
}

static void check_argument(const struct cursor *at, const char *flag, unsigned component) {
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        if (taken[i].components & component && matches(taken[i].flag, flag)) {
            cursor_fail(at, "not the site's to set: %s; %s", taken[i].why, taken[i].remedy);
            return;
        }
    const char *value = cursor_text(at, check_argument_value);
    if (value && value[0] == '/')
        cursor_fail(at, "`%.80s` is a file, and the static pod has none of the site's; remove it", value);
    else if (value)
        check_plugins(at, flag, value);
}

void extra_args_check(const struct cursor *object, enum control_plane_component component) {
    static const char *const no_keys[] = {NULL};
    const cJSON *child;
    if (!object->item)
        return;
    if (!cJSON_IsObject(object->item)) {
        cursor_object(object, no_keys);
        return;
    }
    int n = cJSON_GetArraySize(object->item);
    if (n > EXTRA_ARGS_MAX) {
        cursor_fail(object, "%d arguments; at most %d are accepted", n, EXTRA_ARGS_MAX);
        return;
    }
    cJSON_ArrayForEach(child, object->item) {
        struct cursor at = cursor_key(object, child->string);
        const char *expected = check_flag(child->string);
        if (expected)
            cursor_fail(&at, "no flag; write %s", expected);
        else
            check_argument(&at, child->string, 1u << component);
    }
}
