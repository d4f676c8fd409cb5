/* SPDX-License-Identifier: Apache-2.0
 * See rights.h. */
#include "rights.h"
#include "joiners.h"

#include "json.h"
#include "kubernetes.h"
#include <stdlib.h>
#include <string.h>

#define RBAC "rbac.authorization.k8s.io"
#define NAME RIGHTS_NAME
#define MARK "seedrack.io/rights"

/* Higher with each change of the rules. The minor version counts below it: names of kubeadm's roles depend on it. */
enum { VERSION = 1, MINORS = 1000 };

/* Words are separated by spaces. */
struct rule {
    bool everywhere; /* else in kube-system */
    const char *group, *resources, *names /* "": all */, *verbs;
};
static const struct rule rules[] = {
    {true, "", "nodes", "", "get list watch patch delete"},
    {true, "", "nodes/proxy", "", "get"}, /* kubelet's metrics: node_is_settled() */
    {true, "", "pods persistentvolumes", "", "list"},
    {true, "", "pods/eviction", "", "create"},
    {true, "", "configmaps", "cluster-info", "list watch"},
    {true, "admissionregistration.k8s.io", "validatingwebhookconfigurations mutatingwebhookconfigurations", "", "list"},
    {true, "discovery.k8s.io", "endpointslices", "", "list"}, /* whether a webhook's pods are on two machines */
    {true, "policy", "poddisruptionbudgets", "", "list"},
    {true, "certificates.k8s.io", "certificatesigningrequests", "", "list watch"},
    {true, "certificates.k8s.io", "certificatesigningrequests/approval", "", "update"},
    {true, "certificates.k8s.io", "signers", "kubernetes.io/kube-apiserver-client-kubelet", "approve"},
    {true, RBAC, "clusterrolebindings", "", "create"}, /* joiners.c; of the roles that it binds, see below */
    {false, "", "secrets", "", "list delete"},         /* bootstrap tokens */
    {false, "", "pods", "", "delete deletecollection"},
    {false, "", "services", "", "get create delete"},
    {false, "", "configmaps", "kubeadm-config", "get update"},
    {false, "apps", "daemonsets", "", "list"},
    {false, "coordination.k8s.io", "leases", "", "get create delete"},
    {false, "discovery.k8s.io", "endpointslices", "", "list watch"},
    {false, RBAC, "rolebindings", "", "create"},
};

static void add_words(struct buf *json, const char *key, const char *words) {
    buf_addf(json, "\"%s\":[", key);
    for (const char *at = words;; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        buf_addf(json, "%s\"%.*s\"", at == words ? "" : ",", (int)n, at);
        at += n;
        if (!*at)
            break;
    }
    buf_adds(json, "]");
}

static void add_rule(struct buf *json, const struct rule *rule) {
    buf_adds(json, json->length && json->data[json->length - 1] == '}' ? ",{" : "{");
    add_words(json, "apiGroups", rule->group);
    buf_adds(json, ",");
    add_words(json, "resources", rule->resources);
    if (rule->names[0]) {
        buf_adds(json, ",");
        add_words(json, "resourceNames", rule->names);
    }
    buf_adds(json, ",");
    add_words(json, "verbs", rule->verbs);
    buf_adds(json, "}");
}

static void add_rules(struct buf *json, bool everywhere, const char *release) {
    cleanup_buf struct buf bound = BUF_INIT(1024);
    buf_adds(json, ",\"rules\":[");
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (rules[i].everywhere == everywhere)
            add_rule(json, &rules[i]);
    if (everywhere) /* which APIs are asked for that the next release does not have: preconditions.c */
        buf_adds(json, ",{\"nonResourceURLs\":[\"/metrics\"],\"verbs\":[\"get\"]}");
    joiners_roles(everywhere, release, &bound);
    add_rule(json, &(struct rule){everywhere, RBAC, everywhere ? "clusterroles" : "roles", buf_text(&bound), "bind"});
    buf_adds(json, "]");
}

static long version_of(const char *release) {
    return VERSION * MINORS + (long)kubernetes_minor(release);
}

void rights_object(unsigned n, const char *release, struct buf *ret_path, struct buf *ret_body) {
    bool everywhere = n >= 2, binding = n == 1 || n == 2;
    const char *cluster = everywhere ? "Cluster" : "";
    buf_addf(ret_path, "/apis/" RBAC "/v1/%srole%ss", everywhere ? "cluster" : "namespaces/kube-system/",
             binding ? "binding" : "");
    buf_addf(ret_body,
             "{\"apiVersion\":\"" RBAC "/v1\",\"kind\":\"%sRole%s\",\"metadata\":{\"name\":\"" NAME
             "\",\"annotations\":{\"" MARK "\":\"%ld\"}}",
             cluster, binding ? "Binding" : "", version_of(release));
    if (binding)
        buf_addf(ret_body,
                 ",\"roleRef\":{\"apiGroup\":\"" RBAC "\",\"kind\":\"%sRole\",\"name\":\"" NAME
                 "\"},\"subjects\":[{\"apiGroup\":\"" RBAC "\",\"kind\":\"Group\",\"name\":\"" RIGHTS_GROUP "\"}]",
                 cluster);
    else
        add_rules(ret_body, everywhere, release);
    buf_adds(ret_body, "}");
}

bool rights_are_there(const cJSON *object, const char *release) {
    const cJSON *notes =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(object, "metadata"), "annotations");
    return strtol(json_text(notes, MARK), NULL, 10) >= version_of(release);
}
