/* SPDX-License-Identifier: Apache-2.0
 * See answer.h. A member of etcd is a master of the role document that takes a connection on its API server's port. */
#include "answer.h"
#include "token.h"

#include "file.h"
#include "role.h"
#include <effects/ports.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NODE "/api/v1/nodes?fieldSelector=metadata.name%3D"
#define CLUSTER_INFO "/api/v1/namespaces/kube-public/configmaps?"
#define RBAC "/apis/rbac.authorization.k8s.io/v1/"
#define SECRETS "/api/v1/namespaces/kube-system/secrets"
#define TOKENS_OF_CLUSTER SECRETS "?fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken"
#define TOKEN SECRETS "/bootstrap-token-"
enum { CONNECT_MS = 200, EVENT_MAXIMUM = 32768, SECRETS_MAXIMUM = 131072 };

static void reply(const char *status, const char *type, const char *body, struct buf *ret) {
    buf_addf(ret,
             "HTTP/1.1 %s\r\nServer: " DOUBLE
             "\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
             status, type, strlen(body), body);
}

static void refuse(const char *status, const char *message, struct buf *ret) {
    char body[256];
    snprintf(body, sizeof(body), "{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"" DOUBLE ": %s\"}\n",
             message);
    reply(status, "application/json", body, ret);
}

/* FNV-1a: a number that stays the same, as etcd's ids do. */
static uint64_t member_id(const char *name) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return hash;
}

static int members(const struct role *role, struct buf *ret, struct error *err) {
    struct port ports[PORTS_MAX];
    const struct role_peer *masters[PORTS_MAX];
    size_t count = 0, alive = 0;
    for (size_t i = 0; i < role->n_peers && count < PORTS_MAX; i++) {
        if (role->peers[i].role != NODE_MASTER)
            continue;
        ports[count] = (struct port){.in = role->peers[i].address.in, .number = PORT_API};
        masters[count++] = &role->peers[i];
    }
    if (ports_probe(ports, count, CONNECT_MS, err) < 0)
        return -1;
    buf_adds(ret, "{\"header\":{\"cluster_id\":\"1\"},\"members\":[");
    for (size_t i = 0; i < count; i++)
        if (ports[i].answer == PORT_OPEN)
            buf_addf(ret,
                     "%s{\"ID\":\"%" PRIu64
                     "\",\"name\":\"%s\",\"peerURLs\":[\"https://%s:2380\"],\"clientURLs\":[\"https://%s:%d\"]}",
                     alive++ ? "," : "", member_id(masters[i]->hostname), masters[i]->hostname,
                     masters[i]->address.text, masters[i]->address.text, PORT_ETCD);
    buf_adds(ret, "]}\n");
    return 0;
}

/* Also the answer to a removal: a master that was wiped does not answer, so it is not in the list. */
static void answer_members(const struct place *place, struct buf *ret) {
    struct error err = {0};
    char path[PATH_MAX];
    cleanup_buf struct buf text = BUF_INIT(1 << 20), body = BUF_INIT(1 << 17);
    cleanup_role struct role *role = NULL;
    place_path(place, ROLE_FILE, path);
    if (file_read(path, &text, &err) < 0 || role_parse(buf_text(&text), text.length, &role, &err) < 0 ||
        members(role, &body, &err) < 0)
        refuse("503 Service Unavailable", "the role document cannot be read", ret);
    else
        reply("200 OK", "application/json", buf_text(&body), ret);
}

static bool is(const struct request *request, const char *method, const char *path) {
    return !strcmp(request->method, method) && !strcmp(request->path, path);
}

static void answer_etcd(const struct place *place, const struct request *request, struct buf *ret) {
    if (is(request, "POST", "/v3/cluster/member/list") || is(request, "POST", "/v3/cluster/member/remove"))
        answer_members(place, ret);
    else if (is(request, "GET", "/health"))
        reply("200 OK", "application/json", "{\"health\":\"true\"}\n", ret);
    else
        refuse("404 Not Found", "this etcd knows /health and /v3/cluster/member/list and remove", ret);
}

/* No kubelet reports this. A node is Ready only where a test asks for it on the kernel command line
 * (`fake-kubeadm.ready`). */
static bool says_ready(void) {
    struct error ignored;
    cleanup_buf struct buf cmdline = BUF_INIT(65536);
    return file_read("/proc/cmdline", &cmdline, &ignored) == 0 && strstr(buf_text(&cmdline), " fake-kubeadm.ready");
}

static void answer_secrets(const struct place *place, const struct request *request, struct buf *ret) {
    cleanup_buf struct buf list = BUF_INIT(SECRETS_MAXIMUM);
    if (!request->known_client) {
        refuse("403 Forbidden", "Secrets need a client certificate of the cluster", ret);
    } else if (is(request, "GET", TOKENS_OF_CLUSTER)) {
        token_secrets(place, &list);
        reply("200 OK", "application/json", buf_text(&list), ret);
    } else if (!strcmp(request->method, "DELETE") && !strncmp(request->path, TOKEN, strlen(TOKEN)) &&
               token_remove(place, request->path + strlen(TOKEN))) {
        reply("200 OK", "application/json", "{\"kind\":\"Status\",\"status\":\"Success\"}\n", ret);
    } else {
        refuse("404 Not Found", "of Secrets this API server knows bootstrap tokens", ret);
    }
}

bool answer(const struct place *place, const struct request *request, struct buf *ret) {
    if (request->service == SERVICE_ETCD) {
        answer_etcd(place, request, ret);
    } else if (is(request, "GET", "/readyz")) {
        reply("200 OK", "text/plain", "ok", ret);
    } else if (!strcmp(request->method, "GET") && !strncmp(request->path, NODE, strlen(NODE)) &&
               request->known_client && says_ready()) {
        reply("200 OK", "application/json",
              "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Node\",\"status\":{\"conditions\":[{\"type\":\"Ready\","
              "\"status\":\"True\"}]}}}\n",
              ret);
    } else if (!strncmp(request->path, SECRETS, strlen(SECRETS))) {
        answer_secrets(place, request, ret);
    } else if (!strcmp(request->method, "POST") && !strncmp(request->path, RBAC, strlen(RBAC)) &&
               request->known_client) {
        reply("201 Created", "application/json", "{\"kind\":\"Status\",\"status\":\"Success\"}\n", ret);
    } else if (strcmp(request->method, "GET") != 0 || strncmp(request->path, CLUSTER_INFO, strlen(CLUSTER_INFO)) != 0 ||
               !strstr(request->path, "watch=1")) {
        refuse("404 Not Found",
               "this API server knows /readyz, bootstrap tokens, bindings to take and forget, and the watch of "
               "cluster-info",
               ret);
    } else if (!request->known_client) {
        refuse("403 Forbidden", "a watch needs a client certificate of the cluster", ret);
    } else { /* the stream ends with the connection */
        buf_adds(ret, "HTTP/1.1 200 OK\r\nServer: " DOUBLE
                      "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n");
        return true;
    }
    return false;
}

void answer_event(const struct place *place, struct buf *ret) {
    cleanup_buf struct buf data = BUF_INIT(EVENT_MAXIMUM);
    token_list(place, &data);
    buf_addf(ret,
             "{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":"
             "\"cluster-info\","
             "\"namespace\":\"kube-public\"},\"data\":{%s}}}\n",
             buf_text(&data));
}
