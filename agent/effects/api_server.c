/* SPDX-License-Identifier: Apache-2.0
 * See api_server.h. */
#include "api_server.h"
#include "decide/cluster.h"
#include "decide/credential.h"
#include "decide/paths.h"
#include "http.h"

#include "clock.h"
#include "file.h"
#include "json.h"
#include "kubernetes.h"
#include "net.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECRETS "/api/v1/namespaces/kube-system/secrets"
#define ADMIN_PEM AGENT_RUN "/admin.pem"
#define SERVICES "/api/v1/namespaces/kube-system/services"
#define CSRS "/apis/certificates.k8s.io/v1/certificatesigningrequests"
enum { WATCH_S = 65 /* a little more than what the API server is asked for */ };

static const struct http_options api_client = {.ca_file = KUBE_PKI "/ca.crt", .timeout_s = 5};

/* As the administrator whom kubeadm made: its other client certificates may do less with each release. TLS wants the
 * pair in a file, which is on tmpfs, 0600. */
static int api_admin(struct http_options *ret, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(65536), pem = BUF_INIT(2 * CREDENTIAL_MAX);
    *ret = api_client;
    ret->cert_file = ret->key_file = ADMIN_PEM;
    int result = file_read(ADMIN_CONF, &text, err) < 0 || credential_pem(buf_text(&text), &pem, err) < 0
                     ? error_wrap(err, "`" ADMIN_CONF "`")
                     : file_ensure(ADMIN_PEM, buf_text(&pem), pem.length, 0600, err);
    if (text.data)
        explicit_bzero(text.data, text.length);
    if (pem.data)
        explicit_bzero(pem.data, pem.length);
    return result < 0 ? -1 : 0;
}

static bool node_is_ready(void *context, const char *text, size_t length) {
    (void)context;
    return cluster_node_ready(text, length);
}

static bool is_signed(void *context, const char *text, size_t length) {
    return cluster_is_signed(text, length, context);
}

/* Follows the watch `url` until `holds` is true for one event. The API server ends a watch after a minute; then it is
 * asked again. When the API server does not answer, it is asked again after a pause. */
static int api_watch(const char *url, const struct http_options *client, bool (*holds)(void *, const char *, size_t),
                     void *context, unsigned timeout_s, struct error *err) {
    struct http_options options = *client;
    int64_t deadline = clock_boottime_ms() + timeout_s * INT64_C(1000);
    for (;;) {
        int64_t left = (deadline - clock_boottime_ms()) / 1000;
        if (left <= 0)
            return error_wrap(err, "after %u s", timeout_s);
        options.timeout_s = left < WATCH_S ? (unsigned)left : WATCH_S;
        if (http_lines(url, &options, holds, context, err) == 0)
            return 0;
        nanosleep(&(struct timespec){.tv_nsec = 500 * 1000000L}, NULL);
    }
}

int api_wait_ready(const struct role *role, unsigned timeout_s, struct error *err) {
    static const char kubelet_pem[] = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    struct http_options options = api_client;
    char url[512], own[NET_ADDRESS_SIZE + 8];
    options.cert_file = options.key_file = kubelet_pem;
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
    char url[256], id[TOKEN_ID_SIZE];
    snprintf(url, sizeof(url),
             "https://%s:6443/api/v1/namespaces/kube-public/"
             "configmaps?fieldSelector=metadata.name%%3Dcluster-info&watch=1&timeoutSeconds=60",
             role->address.text);
    snprintf(id, sizeof(id), "%s", token_id);
    return api_admin(&options, err) < 0 || api_watch(url, &options, is_signed, id, timeout_s, err) < 0
               ? error_wrap(err, "cluster-info is not signed for the new token")
               : 0;
}

/* 0: done; 1: the server answered with status `accepted`, which means that nothing is left to do. */
static int api_send(const struct role *role, const char *method, const char *path, const char *body, long accepted,
                    struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct http_options options;
    char url[512];
    if (api_admin(&options, err) < 0)
        return -1;
    options.method = method;
    options.body = body;
    snprintf(url, sizeof(url), "https://%s:6443%s", role->address.text, path);
    if (http_call(url, &options, &reply, err) < 0)
        return -1;
    if (reply.status == accepted || reply.status / 100 == 2)
        return reply.status == accepted;
    return error_set(err, EIO, "API server: %s %s: status %ld: %.120s", method, path, reply.status,
                     buf_text(&reply.body));
}

static int api_delete(const struct role *role, const char *path, struct error *err) {
    return api_send(role, "DELETE", path, NULL, 404, err);
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
    struct http_options options;
    char url[128];
    snprintf(url, sizeof(url), "https://%s:6443" SECRETS "?fieldSelector=type%%3Dbootstrap.kubernetes.io%%2Ftoken",
             role->address.text);
    if (api_admin(&options, err) < 0 || http_call(url, &options, &reply, err) < 0)
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
    char url[256];
    if (api_admin(&options, err) < 0)
        return -1;
    options.timeout_s = WATCH_S;
    snprintf(
        url, sizeof(url),
        "https://%s:6443" CSRS
        "?fieldSelector=spec.signerName%%3Dkubernetes.io%%2Fkube-apiserver-client-kubelet&watch=1&timeoutSeconds=60",
        role->address.text);
    return http_lines(url, &options, event, context, err);
}

static int api_get(const struct role *role, const char *path, cJSON **ret, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct http_options options;
    char url[512];
    snprintf(url, sizeof(url), "https://%s:6443%s", role->address.text, path);
    if (api_admin(&options, err) < 0 || http_call(url, &options, &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return error_set(err, EIO, "API server: GET %s: status %ld", path, reply.status);
    return json_parse(reply.body.data, reply.body.length, ret, err) < 0 ? error_wrap(err, "API server: GET %s", path)
                                                                        : 0;
}

/* A Service of its own for each master, named by its address: "seedrack-followed-172-22-132-11". */
static void followed_name(const struct role *role, char ret[static 64]) {
    snprintf(ret, 64, "seedrack-followed-%s", role->address.text);
    for (char *c = ret; *c; c++)
        if (*c == '.')
            *c = '-';
}

int api_remove_followed(const struct role *role, struct error *err) {
    char name[64], path[160];
    followed_name(role, name);
    snprintf(path, sizeof(path), SERVICES "/%s", name);
    return api_delete(role, path, err) < 0 ? -1 : 0;
}

int api_make_followed(const struct role *role, char ret_uid[static API_UID_SIZE], struct error *err) {
    char name[64], path[160], body[512];
    cleanup_json cJSON *made = NULL;
    followed_name(role, name);
    snprintf(
        body, sizeof(body),
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"%s\"},\"spec\":{\"clusterIP\":\"None\","
        "\"selector\":{\"component\":\"kube-apiserver\"},\"ports\":[{\"port\":6443}]}}",
        name);
    snprintf(path, sizeof(path), SERVICES "/%s", name);
    if (api_remove_followed(role, err) < 0 || api_create(role, SERVICES, body, err) < 0 ||
        api_get(role, path, &made, err) < 0)
        return -1;
    const char *uid = json_text(cJSON_GetObjectItemCaseSensitive(made, "metadata"), "uid");
    if (!uid[0] || strlen(uid) >= API_UID_SIZE)
        return error_set(err, EPROTO, "API server: the new Service `%s` has no uid", name);
    snprintf(ret_uid, API_UID_SIZE, "%s", uid);
    return 0;
}

static void followed_slices(const struct role *role, const char *more, char ret[static 256]) {
    char name[64];
    followed_name(role, name);
    snprintf(ret, 256,
             "/apis/discovery.k8s.io/%s/namespaces/kube-system/"
             "endpointslices?labelSelector=kubernetes.io%%2Fservice-name%%3D%s%s",
             kubernetes_has(role->release, K8S_SLICES_V1) ? "v1" : "v1beta1", name, more);
}

static bool shows_followed(void *context, const char *text, size_t length) {
    return cluster_slice_event(text, length, context);
}

int api_wait_followed(const struct role *role, const char *uid, unsigned timeout_s, struct error *err) {
    struct http_options options;
    char path[256], url[320], wanted[API_UID_SIZE];
    followed_slices(role, "&watch=1&resourceVersion=0&timeoutSeconds=60", path);
    snprintf(url, sizeof(url), "https://%s:6443%s", role->address.text, path);
    snprintf(wanted, sizeof(wanted), "%s", uid);
    return api_admin(&options, err) < 0 ? -1 : api_watch(url, &options, shows_followed, wanted, timeout_s, err);
}

int api_has_followed(const struct role *role, const char *uid, bool cached, bool *ret, struct error *err) {
    cleanup_json cJSON *list = NULL;
    char path[256];
    followed_slices(role, cached ? "&resourceVersion=0" : "", path);
    if (api_get(role, path, &list, err) < 0)
        return -1;
    *ret = cluster_slices_have(list, uid);
    return 0;
}

int api_controllers_host(const struct role *role, char ret[static 64], struct error *err) {
    cleanup_json cJSON *lease = NULL;
    if (api_get(role, "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager", &lease,
                err) < 0)
        return -1;
    cluster_lease_host(lease, ret);
    return 0;
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
