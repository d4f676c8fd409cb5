/* SPDX-License-Identifier: Apache-2.0
 * See node.h. */
#include "node.h"
#include "api_call.h"
#include "api_list.h"
#include "decide/paths.h"

#include "json.h"
#include "kubernetes.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NODES "/api/v1/nodes"

int node_look(const struct role *role, const char *hostname, struct node_view *ret, struct error *err) {
    cleanup_json cJSON *node = NULL;
    char path[160];
    snprintf(path, sizeof(path), NODES "/%s", hostname);
    if (api_object(role, path, &node, err) < 0)
        return -1;
    *ret = node_view(node);
    return strcmp(ret->name, hostname) != 0 ? error_set(err, EPROTO, "API server: GET %s: another node", path) : 0;
}

struct each_node {
    int (*each)(const struct node_view *node, void *context, struct error *err);
    void *context;
};

static int give_node(const cJSON *object, void *context, struct error *err) {
    const struct each_node *to = context;
    struct node_view view = node_view(object);
    return to->each(&view, to->context, err);
}

int node_each(const struct role *role, int (*each)(const struct node_view *node, void *context, struct error *err),
              void *context, struct error *err) {
    return api_each(role, NODES "?", give_node, &(struct each_node){each, context}, err);
}

static int check_well(const struct node_view *node, void *but, struct error *err) {
    return strcmp(node->name, but) != 0 ? node_check_well(node, err) : 0;
}

int node_others_well(const struct role *role, const char *but, struct error *err) {
    return node_each(role, check_well, (void *)but, err);
}

int node_each_object(const struct role *role, int (*each)(const cJSON *node, void *context, struct error *err),
                     void *context, struct error *err) {
    return api_each(role, NODES "?", each, context, err);
}

int node_patch_with(const struct role *role, const char *hostname, const cJSON *patch, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    char *text = cJSON_PrintUnformatted(patch), path[160];
    struct http_options options = {.method = "PATCH", .body = text, .body_type = "application/merge-patch+json"};
    snprintf(path, sizeof(path), NODES "/%.63s", hostname);
    int result = text ? api_call(role, &options, path, &reply, err) : error_errno(err, ENOMEM, "node");
    cJSON_free(text);
    if (result < 0 || reply.status / 100 == 2)
        return result;
    return error_set(err, reply.status == 409 ? EAGAIN : EIO, "API server: PATCH %s: status %ld", path, reply.status);
}

int node_set_cordon(const struct role *role, const struct node_view *node, long long token, struct error *err) {
    cleanup_json cJSON *patch = node_patch(node, token);
    return node_patch_with(role, node->name, patch, err);
}

struct each_pod {
    int (*each)(const struct pod_view *pod, void *context, struct error *err);
    void *context;
};

static int give_pod(const cJSON *object, void *context, struct error *err) {
    const struct each_pod *to = context;
    struct pod_view view = pod_view(object);
    if (!view.name[0] || !view.namespace[0])
        return error_set(err, EPROTO, "API server: a pod without a name");
    return to->each(&view, to->context, err);
}

int node_each_pod(const struct role *role, const char *hostname,
                  int (*each)(const struct pod_view *pod, void *context, struct error *err), void *context,
                  struct error *err) {
    char query[160];
    snprintf(query, sizeof(query), "/api/v1/pods?fieldSelector=spec.nodeName%%3D%s&", hostname);
    return api_each(role, query, give_pod, &(struct each_pod){each, context}, err);
}

struct each_volume {
    const char *hostname;
    int (*each)(const char *name, void *context, struct error *err);
    void *context;
};

static int give_volume(const cJSON *object, void *context, struct error *err) {
    const struct each_volume *to = context;
    const char *name = json_text(cJSON_GetObjectItemCaseSensitive(object, "metadata"), "name");
    return volume_is_local(object, to->hostname) ? to->each(name, to->context, err) : 0;
}

int node_each_volume(const struct role *role, const char *hostname,
                     int (*each)(const char *name, void *context, struct error *err), void *context,
                     struct error *err) {
    return api_each(role, "/api/v1/persistentvolumes?", give_volume, &(struct each_volume){hostname, each, context},
                    err);
}

int node_is_settled(const struct role *role, bool *ret, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    char path[160];
    snprintf(path, sizeof(path), NODES "/%s/proxy/metrics", role->hostname);
    if (api_call(role, &(struct http_options){0}, path, &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return error_set(err, EAGAIN, "kubelet: metrics: status %ld", reply.status);
    *ret = node_has_its_volumes(buf_text(&reply.body));
    return 0;
}

int node_is_gone(const struct role *role, bool *ret, struct error *err) {
    struct http_options kubelet = api_client;
    kubelet.cert_file = kubelet.key_file = KUBELET_PEM;
    error_set(err, ENOENT, "no other master");
    for (size_t i = 0; i < role->n_peers; i++) {
        cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
        const struct role_peer *peer = &role->peers[i];
        char url[160];
        if (peer->role != NODE_MASTER || !strcmp(peer->hostname, role->hostname))
            continue;
        snprintf(url, sizeof(url), "https://%s:6443" NODES "/%s", peer->address.text, role->hostname);
        if (http_call(url, &kubelet, &reply, err) < 0)
            continue;
        *ret = reply.status == 404;
        if (*ret || reply.status == 200)
            return 0;
        error_set(err, EIO, "API server of `%s`: its own Node: status %ld", peer->hostname, reply.status);
    }
    return -1;
}

int node_evict(const struct role *role, const struct pod_view *pod, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    char path[400], body[512];
    snprintf(path, sizeof(path), "/api/v1/namespaces/%s/pods/%s/eviction", pod->namespace, pod->name);
    snprintf(body, sizeof(body),
             "{\"apiVersion\":\"policy/%s\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\"}}",
             kubernetes_has(role->release, K8S_EVICTION_V1) ? "v1" : "v1beta1", pod->name, pod->namespace);
    struct http_options options = {.method = "POST", .body = body};
    if (api_call(role, &options, path, &reply, err) < 0)
        return -1;
    if (reply.status / 100 == 2 || reply.status == 404)
        return 0;
    cleanup_json cJSON *status = cJSON_ParseWithLength(reply.body.data, reply.body.length);
    cleanup_buf struct buf why = BUF_INIT(512);
    pod_refusal(status, &why);
    /* 429: its budget allows none now; 500: it has more than one budget */
    return error_set(err, reply.status == 429 || reply.status == 500 ? EBUSY : EIO, "pod %.63s/%.100s: %.300s",
                     pod->namespace, pod->name, why.length ? buf_text(&why) : "not evicted");
}
