/* SPDX-License-Identifier: Apache-2.0
 * See api_server.h. */
#include "api_server.h"
#include "api_call.h"
#include "decide/cluster.h"
#include "decide/paths.h"

#include "json.h"
#include "net.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SECRETS "/api/v1/namespaces/kube-system/secrets"
#define CSRS "/apis/certificates.k8s.io/v1/certificatesigningrequests"

static bool node_is_ready(void *context, const char *text, size_t length) {
    (void)context;
    return cluster_node_ready(text, length);
}

static bool is_signed(void *context, const char *text, size_t length) {
    return cluster_is_signed(text, length, context);
}

int api_wait_ready(const struct role *role, unsigned timeout_s, struct error *err) {
    struct http_options options = api_client;
    char url[512], own[NET_ADDRESS_SIZE + 8];
    options.cert_file = options.key_file = KUBELET_PEM;
    /* A master asks its own API server. If it watched through the VIP and then took the VIP itself, the connection
     * would hang until its time-out. */
    snprintf(own, sizeof(own), "%s:6443", role->address.text);
    snprintf(url, sizeof(url), "https://%s/api/v1/nodes?fieldSelector=metadata.name%%3D%s&watch=1&timeoutSeconds=60",
             role->role == NODE_MASTER ? own : role->control_plane_endpoint, role->hostname);
    if (api_watch(url, &options, node_is_ready, NULL, timeout_s, err) == 0)
        return 0;
    error_wrap(err, "node `%s` is not Ready", role->hostname);
    error_code(err, SR_READY_WAIT);
    return error_remedy(err, "read /var/log/seedrack/kubelet/current");
}

int api_wait_signed(const struct role *role, const char *token_id, unsigned timeout_s, struct error *err) {
    struct http_options options;
    struct api_user user;
    char url[256], id[TOKEN_ID_SIZE];
    snprintf(url, sizeof(url),
             "https://%s:6443/api/v1/namespaces/kube-public/"
             "configmaps?fieldSelector=metadata.name%%3Dcluster-info&watch=1&timeoutSeconds=60",
             role->address.text);
    snprintf(id, sizeof(id), "%s", token_id);
    return api_agent(role, &user, &options, err) < 0 || api_watch(url, &options, is_signed, id, timeout_s, err) < 0
               ? error_wrap(err, "cluster-info is not signed for the new token")
               : 0;
}

int api_remove_node(const struct role *role, const char *hostname, struct error *err) {
    char node[320], pods[400];
    snprintf(node, sizeof(node), "/api/v1/nodes/%s", hostname);
    snprintf(pods, sizeof(pods),
             "/api/v1/namespaces/kube-system/pods?fieldSelector=spec.nodeName%%3D%s&gracePeriodSeconds=0", hostname);
    return api_delete(role, node, err) < 0 || api_delete(role, pods, err) < 0
               ? error_wrap(err, "remove node `%s`", hostname)
               : 0;
}

int api_remove_etcd_pod(const struct role *role, const char *hostname, struct error *err) {
    char path[200];
    snprintf(path, sizeof(path), "/api/v1/namespaces/kube-system/pods/etcd-%s?gracePeriodSeconds=0", hostname);
    return api_delete(role, path, err) < 0 ? error_wrap(err, "remove etcd's pod of `%s`", hostname) : 0;
}

int api_tokens(const struct role *role, struct token ret[static TOKENS_MAX], size_t *ret_count, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    cleanup_json cJSON *list = NULL;
    if (api_call(role, &(struct http_options){0}, SECRETS "?fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken",
                 &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return error_set(err, EIO, "API server: bootstrap tokens: status %ld", reply.status);
    int result =
        json_parse(reply.body.data, reply.body.length, &list, err) < 0 ? -1 : token_list(list, ret, ret_count, err);
    explicit_bzero(reply.body.data, reply.body.length);
    return result < 0 ? error_wrap(err, "API server: bootstrap tokens") : 0;
}

int api_remove_token(const struct role *role, const struct token *token, struct error *err) {
    char path[128];
    snprintf(path, sizeof(path), SECRETS "/bootstrap-token-%s", token->id);
    return api_delete(role, path, err) < 0 ? error_wrap(err, "remove bootstrap token `%s`", token->id) : 0;
}

int api_create(const struct role *role, const char *path, const char *body, struct error *err) {
    return api_send(role, "POST", path, body, 409, err);
}

int api_put_approval(const struct role *role, const char *name, const cJSON *object, struct error *err) {
    char path[400], *text = cJSON_PrintUnformatted(object);
    snprintf(path, sizeof(path), CSRS "/%s/approval", name);
    int result = text ? api_send(role, "PUT", path, text, 409, err) : error_errno(err, ENOMEM, "CSR `%s`", name);
    cJSON_free(text);
    return result;
}

int api_watch_csrs(const struct role *role, bool (*event)(void *context, const char *text, size_t length),
                   void *context, struct error *err) {
    struct http_options options;
    struct api_user user;
    char url[256];
    if (api_agent(role, &user, &options, err) < 0)
        return -1;
    options.timeout_s = API_WATCH_S;
    snprintf(
        url, sizeof(url),
        "https://%s:6443" CSRS
        "?fieldSelector=spec.signerName%%3Dkubernetes.io%%2Fkube-apiserver-client-kubelet&watch=1&timeoutSeconds=60",
        role->address.text);
    int result = http_lines(url, &options, event, context, err);
    if (result < 0 && err->errnum == EACCES)
        api_refused(role, "certificatesigningrequests");
    return result;
}

int api_ready(const struct role_peer *peer, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    char url[128];
    snprintf(url, sizeof(url), "https://%s:6443/readyz", peer->address.text);
    if (http_call(url, &api_client, &reply, err) < 0)
        return error_wrap(err, "API server of `%s`", peer->hostname);
    if (reply.status != 200)
        return error_fail(err, SR_API_READY, EAGAIN, "API server of `%s` is not ready: %.100s", peer->hostname,
                          buf_text(&reply.body));
    return 0;
}

int api_front_ready(const struct role *role, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    char url[128];
    snprintf(url, sizeof(url), "https://%s:%u/readyz", role->address.text, role->haproxy_port);
    if (http_call(url, &api_client, &reply, err) < 0)
        return error_wrap(err, "HAProxy of this machine");
    return reply.status == 200 ? 0 : error_set(err, EAGAIN, "HAProxy of this machine: status %ld", reply.status);
}
