/* SPDX-License-Identifier: Apache-2.0
 * See preconditions.h. */
#include "preconditions.h"
#include "api_call.h"
#include "api_list.h"
#include "node.h"

#include "json.h"
#include "kubernetes.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define ADMISSION "/apis/admissionregistration.k8s.io/v1/"

static int add_node(const struct node_view *node, void *context, struct error *err) {
    struct preconditions *ret = context;
    struct error why = {0};
    char text[128];
    (void)err;
    if (node_check_well(node, &why) < 0) {
        snprintf(text, sizeof(text), "%.63s is %s", node->name, node->ready ? "cordoned" : "not Ready");
        precondition_name(ret->nodes, text);
    }
    return 0;
}

static int add_budget(const cJSON *budget, void *context, struct error *err) {
    struct preconditions *ret = context;
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(budget, "metadata");
    char text[160];
    (void)err;
    if (precondition_budget_blocks(budget)) {
        snprintf(text, sizeof(text), "%.63s/%.80s", json_text(metadata, "namespace"), json_text(metadata, "name"));
        precondition_name(ret->budgets, text);
    }
    return 0;
}

struct webhooks {
    const struct role *role;
    struct preconditions *found;
};

/* A name of an object: DNS labels, or what is none, which goes into no path. */
static bool is_name(const char *text) {
    return text[0] && strlen(text) < 254 && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(text);
}

/* -1 when its Service cannot be looked at. */
static int stands_on_one_machine(const struct role *role, const cJSON *webhook, bool *ret, struct error *err) {
    cleanup_json cJSON *slices = NULL;
    const char *namespace, *name;
    char path[640];
    *ret = false;
    if (!precondition_webhook_fails(webhook, &namespace, &name) || !is_name(namespace) || !is_name(name))
        return 0;
    snprintf(path, sizeof(path),
             "/apis/discovery.k8s.io/%s/namespaces/%s/endpointslices?labelSelector=kubernetes.io%%2Fservice-name%%3D%s",
             kubernetes_has(role->release, K8S_SLICES_V1) ? "v1" : "v1beta1", namespace, name);
    if (api_object(role, path, &slices, err) < 0)
        return -1;
    *ret = precondition_machines_of(slices) < 2;
    return 0;
}

static int add_webhook(const cJSON *configuration, void *context, struct error *err) {
    const struct webhooks *to = context;
    const char *name = json_text(cJSON_GetObjectItemCaseSensitive(configuration, "metadata"), "name");
    const cJSON *webhook;
    cJSON_ArrayForEach(webhook, cJSON_GetObjectItemCaseSensitive(configuration, "webhooks")) {
        bool alone;
        if (stands_on_one_machine(to->role, webhook, &alone, err) < 0)
            return -1;
        if (alone) {
            precondition_name(to->found->webhooks, name);
            break;
        }
    }
    return 0;
}

int preconditions_look(const struct role *role, struct preconditions *ret, struct error *err) {
    struct webhooks webhooks = {role, ret};
    struct statvfs room;
    char budgets[128];
    ret->nodes[0] = ret->budgets[0] = ret->webhooks[0] = '\0';
    if (statvfs("/etc/kubernetes", &room) < 0)
        return error_errno(err, errno, "/etc/kubernetes");
    ret->free_bytes = (uint64_t)room.f_bavail * room.f_frsize;
    snprintf(budgets, sizeof(budgets), "/apis/policy/%s/poddisruptionbudgets?",
             kubernetes_has(role->release, K8S_EVICTION_V1) ? "v1" : "v1beta1");
    return node_each(role, add_node, ret, err) < 0 || api_each(role, budgets, add_budget, ret, err) < 0 ||
                   api_each(role, ADMISSION "validatingwebhookconfigurations?", add_webhook, &webhooks, err) < 0 ||
                   api_each(role, ADMISSION "mutatingwebhookconfigurations?", add_webhook, &webhooks, err) < 0
               ? -1
               : 0;
}

static bool add_removed(void *context, const char *line, size_t length) {
    struct preconditions *ret = context;
    precondition_add_removed(ret->removed, &ret->n_removed, line, length);
    return ret->n_removed == PRECONDITION_REMOVED_MAX;
}

int preconditions_removed(const struct role *role, struct preconditions *ret, struct error *err) {
    struct http_options options;
    struct api_user user;
    char url[128];
    ret->n_removed = 0;
    snprintf(url, sizeof(url), "https://%s:6443/metrics", role->address.text);
    if (api_agent(role, &user, &options, err) < 0)
        return -1;
    options.timeout_s = 30;
    if (http_lines(url, &options, add_removed, ret, err) < 0 && err->errnum != ETIMEDOUT /* the end */)
        return -1;
    *err = (struct error){0};
    return 0;
}
