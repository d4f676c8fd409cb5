/* SPDX-License-Identifier: Apache-2.0
 * See pod.h. */
#include "pod.h"

#include "json.h"
#include <stdio.h>
#include <string.h>

#define MIRROR "kubernetes.io/config.mirror"
#define UNSCHEDULABLE "node.kubernetes.io/unschedulable"

/* Whoever made it makes another one; "": nobody does. */
static const char *controller_of(const cJSON *metadata) {
    const cJSON *owner;
    cJSON_ArrayForEach(owner, cJSON_GetObjectItemCaseSensitive(metadata, "ownerReferences")) {
        if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(owner, "controller")))
            return json_text(owner, "kind");
    }
    return "";
}

static bool has_ended(const cJSON *pod) {
    const char *phase = json_text(cJSON_GetObjectItemCaseSensitive(pod, "status"), "phase");
    return !strcmp(phase, "Succeeded") || !strcmp(phase, "Failed");
}

/* A toleration without a key is of every taint. */
static bool tolerates_cordon(const cJSON *pod) {
    const cJSON *spec = cJSON_GetObjectItemCaseSensitive(pod, "spec"), *toleration;
    cJSON_ArrayForEach(toleration, cJSON_GetObjectItemCaseSensitive(spec, "tolerations")) {
        const char *key = json_text(toleration, "key"), *effect = json_text(toleration, "effect");
        bool any = !key[0] && !strcmp(json_text(toleration, "operator"), "Exists");
        if ((any || !strcmp(key, UNSCHEDULABLE)) && (!effect[0] || !strcmp(effect, "NoSchedule")))
            return true;
    }
    return false;
}

static bool is_static(const cJSON *metadata, const char *controller) {
    return cJSON_HasObjectItem(cJSON_GetObjectItemCaseSensitive(metadata, "annotations"), MIRROR) ||
           !strcmp(controller, "Node");
}

static enum pod_fate fate_of(const cJSON *pod, const cJSON *metadata) {
    const char *controller = controller_of(metadata);
    if (is_static(metadata, controller) || !strcmp(controller, "DaemonSet") || has_ended(pod) || tolerates_cordon(pod))
        return POD_STAYS;
    return controller[0] ? POD_LEAVES : POD_ALONE;
}

/* What a machine has there it has from its root, or only while it runs. */
static bool is_of_the_system(const char *path) {
    static const char *const folders[] = {"/boot", "/dev", "/etc", "/lib", "/proc", "/run", "/sys", "/usr", "/var/run"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        size_t length = strlen(folders[i]);
        if (!strncmp(path, folders[i], length) && (!path[length] || path[length] == '/'))
            return true;
    }
    return false;
}

static void add_data(char ret[static POD_DATA_SIZE], const char *kind, const char *name) {
    size_t length = strlen(ret);
    snprintf(ret + length, POD_DATA_SIZE - length, "%s%s %s", length ? ", " : "", kind, name);
}

/* Static pods are ours. A DaemonSet's emptyDir is each machine's own, and made anew on any other. */
static void list_data(const cJSON *pod, const cJSON *metadata, char ret[static POD_DATA_SIZE]) {
    const char *controller = controller_of(metadata);
    const cJSON *volume;
    if (is_static(metadata, controller) || has_ended(pod))
        return;
    cJSON_ArrayForEach(volume,
                       cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(pod, "spec"), "volumes")) {
        const cJSON *empty = cJSON_GetObjectItemCaseSensitive(volume, "emptyDir");
        const char *path = json_text(cJSON_GetObjectItemCaseSensitive(volume, "hostPath"), "path");
        if (path[0] && !is_of_the_system(path))
            add_data(ret, "hostPath", path);
        else if (empty && strcmp(controller, "DaemonSet") != 0 && strcmp(json_text(empty, "medium"), "Memory") != 0)
            add_data(ret, "emptyDir", json_text(volume, "name"));
    }
}

static void copy_name(const cJSON *metadata, const char *key, char *ret, size_t size) {
    const char *text = json_text(metadata, key);
    bool good = strlen(text) < size && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(text);
    snprintf(ret, size, "%s", good && text[0] != '.' ? text : "");
}

struct pod_view pod_view(const cJSON *pod) {
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(pod, "metadata");
    struct pod_view view = {.fate = fate_of(pod, metadata),
                            .leaving = json_text(metadata, "deletionTimestamp")[0] != '\0'};
    list_data(pod, metadata, view.data);
    copy_name(metadata, "namespace", view.namespace, sizeof(view.namespace));
    copy_name(metadata, "name", view.name, sizeof(view.name));
    return view;
}

static bool has_text(const cJSON *list, const char *text) {
    const cJSON *item;
    cJSON_ArrayForEach(item, list) {
        if (cJSON_IsString(item) && !strcmp(item->valuestring, text))
            return true;
    }
    return false;
}

/* Whether a list of expressions has one that only this machine fits. The key is the driver's own for many of them. */
static bool names_alone(const cJSON *expressions, const char *hostname) {
    const cJSON *expression;
    cJSON_ArrayForEach(expression, expressions) {
        const cJSON *values = cJSON_GetObjectItemCaseSensitive(expression, "values");
        if (!strcmp(json_text(expression, "operator"), "In") && cJSON_GetArraySize(values) == 1 &&
            has_text(values, hostname))
            return true;
    }
    return false;
}

/* Any term may be true (k8s.io/api, NodeSelector). One that names other machines, too, is of a volume that they share.
 */
bool volume_is_local(const cJSON *volume, const char *hostname) {
    const cJSON *spec = cJSON_GetObjectItemCaseSensitive(volume, "spec");
    const cJSON *required =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(spec, "nodeAffinity"), "required");
    const cJSON *terms = cJSON_GetObjectItemCaseSensitive(required, "nodeSelectorTerms");
    const cJSON *term = cJSON_GetArrayItem(terms, 0);
    return cJSON_GetArraySize(terms) == 1 &&
           (names_alone(cJSON_GetObjectItemCaseSensitive(term, "matchExpressions"), hostname) ||
            names_alone(cJSON_GetObjectItemCaseSensitive(term, "matchFields"), hostname));
}

void pod_refusal(const cJSON *status, struct buf *ret) {
    const cJSON *details = cJSON_GetObjectItemCaseSensitive(status, "details"), *cause;
    cJSON_ArrayForEach(cause, cJSON_GetObjectItemCaseSensitive(details, "causes")) {
        if (!strcmp(json_text(cause, "reason"), "DisruptionBudget")) {
            buf_adds(ret, json_text(cause, "message"));
            return;
        }
    }
    buf_adds(ret, json_text(status, "message"));
}
