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

static enum pod_fate fate_of(const cJSON *pod, const cJSON *metadata) {
    const char *controller = controller_of(metadata);
    if (cJSON_HasObjectItem(cJSON_GetObjectItemCaseSensitive(metadata, "annotations"), MIRROR) ||
        !strcmp(controller, "DaemonSet") || !strcmp(controller, "Node") || has_ended(pod) || tolerates_cordon(pod))
        return POD_STAYS;
    return controller[0] ? POD_LEAVES : POD_ALONE;
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
    copy_name(metadata, "namespace", view.namespace, sizeof(view.namespace));
    copy_name(metadata, "name", view.name, sizeof(view.name));
    return view;
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
