/* SPDX-License-Identifier: Apache-2.0
 * See node.h. */
#include "node.h"

#include "json.h"
#include "net.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy(const cJSON *object, const char *key, char *ret, size_t size) {
    const char *text = json_text(object, key);
    snprintf(ret, size, "%s", strlen(text) < size ? text : "");
}

static bool is_ready(const cJSON *status) {
    const cJSON *condition;
    cJSON_ArrayForEach(condition, cJSON_GetObjectItemCaseSensitive(status, "conditions")) {
        if (!strcmp(json_text(condition, "type"), "Ready"))
            return !strcmp(json_text(condition, "status"), "True");
    }
    return false;
}

struct node_view node_view(const cJSON *node) {
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(node, "metadata");
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(node, "status");
    const cJSON *spec = cJSON_GetObjectItemCaseSensitive(node, "spec");
    const cJSON *annotations = cJSON_GetObjectItemCaseSensitive(metadata, "annotations");
    struct node_view view = {.ready = is_ready(status),
                             .cordoned = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(spec, "unschedulable")),
                             .ours = cJSON_HasObjectItem(annotations, NODE_CORDONED_BY_US)};
    copy(metadata, "name", view.name, sizeof(view.name));
    copy(metadata, "resourceVersion", view.version, sizeof(view.version));
    copy(cJSON_GetObjectItemCaseSensitive(status, "nodeInfo"), "bootID", view.boot, sizeof(view.boot));
    copy(cJSON_GetObjectItemCaseSensitive(status, "nodeInfo"), "kubeletVersion", view.kubelet, sizeof(view.kubelet));
    if (!net_label_valid(view.name))
        view.name[0] = '\0';
    return view;
}

int node_check_well(const struct node_view *node, struct error *err) {
    if (node->ready && !node->cordoned)
        return 0;
    error_set(err, EBUSY, "node `%s` is %s: no other is taken down beside it", node->name,
              node->ready ? "cordoned" : "not Ready");
    return node->ready
               ? error_remedy(err, "kubectl uncordon %s", node->name)
               : error_remedy(err, "power %s on; gone for good: kubectl delete node %s", node->name, node->name);
}

bool node_has_its_volumes(const char *metrics) {
    static const char name[] = "volume_manager_total_volumes{";
    double wanted = 0, mounted = 0;
    for (const char *line = metrics; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *end = strchr(line, '}');
        if (strncmp(line, name, sizeof(name) - 1) != 0 || !end)
            continue;
        bool is_wanted = memmem(line, (size_t)(end - line), "desired_state_of_world", 22) != NULL;
        *(is_wanted ? &wanted : &mounted) += strtod(end + 1, NULL);
    }
    return wanted > 0 && wanted == mounted;
}

cJSON *node_patch(const struct node_view *node, long long token) {
    cJSON *patch = cJSON_CreateObject();
    cJSON *metadata = cJSON_AddObjectToObject(patch, "metadata"), *spec = cJSON_AddObjectToObject(patch, "spec");
    cJSON *annotations = cJSON_AddObjectToObject(metadata, "annotations");
    char number[24];
    snprintf(number, sizeof(number), "%lld", token);
    cJSON_AddStringToObject(metadata, "resourceVersion", node->version);
    if (token) {
        cJSON_AddStringToObject(annotations, NODE_CORDONED_BY_US, number);
        cJSON_AddTrueToObject(spec, "unschedulable");
    } else {
        cJSON_AddNullToObject(annotations, NODE_CORDONED_BY_US);
        cJSON_AddNullToObject(spec, "unschedulable");
    }
    return patch;
}
