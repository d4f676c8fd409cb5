/* SPDX-License-Identifier: Apache-2.0
 * See kube.h. etcd is asked through its JSON gateway (etcd 3.4: /v3/cluster/member/…). */
#include "kube.h"
#include "decide/cluster.h"

#include "cleanup.h"
#include "clock.h"
#include "file.h"
#include "http.h"
#include "json.h"
#include "net.h"
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ETCD "https://127.0.0.1:2379"
#define ETCD_METRICS "http://127.0.0.1:2381/metrics" /* kubeadm: --listen-metrics-urls */
#define API_SERVER "kube-apiserver"
#define SECRETS "/api/v1/namespaces/kube-system/secrets"
#define CSRS "/apis/certificates.k8s.io/v1/certificatesigningrequests"
enum { WATCH_S = 65 /* a little more than what the API server is asked for */ };

static const struct http_options etcd_client = {
    .ca_file = KUBE_PKI "/etcd/ca.crt",
    .cert_file = KUBE_PKI "/etcd/healthcheck-client.crt",
    .key_file = KUBE_PKI "/etcd/healthcheck-client.key",
    .timeout_s = 5,
};
static const struct http_options api_client = {.ca_file = KUBE_PKI "/ca.crt", .timeout_s = 5};

static struct http_options api_admin(void) {
    struct http_options options = api_client;
    options.cert_file = KUBE_PKI "/apiserver-kubelet-client.crt"; /* system:masters */
    options.key_file = KUBE_PKI "/apiserver-kubelet-client.key";
    return options;
}

static bool node_is_ready(void *context, const char *text, size_t length) {
    (void)context;
    return cluster_node_ready(text, length);
}

static bool is_signed(void *context, const char *text, size_t length) {
    return cluster_is_signed(text, length, context);
}

/* Follows `url`, a watch, until `holds` is true of one event. The API server ends a watch after a minute; then it is
 * asked for again, and where the endpoint itself is away, after its backoff. */
static int watch(const char *url, const struct http_options *client, bool (*holds)(void *, const char *, size_t),
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

int kube_wait_ready(const struct role *role, unsigned timeout_s, struct error *err) {
    static const char kubelet_pem[] = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    struct http_options options = api_client;
    char url[512], own[NET_ADDRESS_SIZE + 8];
    options.cert_file = options.key_file = kubelet_pem;
    /* A master that takes the VIP while it watches through it drops what its own address sends it, and waits for the
     * time-out. */
    snprintf(own, sizeof(own), "%s:6443", role->address.text);
    snprintf(url, sizeof(url), "https://%s/api/v1/nodes?fieldSelector=metadata.name%%3D%s&watch=1&timeoutSeconds=60",
             role->role == NODE_MASTER ? own : role->control_plane_endpoint, role->hostname);
    if (watch(url, &options, node_is_ready, NULL, timeout_s, err) == 0)
        return 0;
    error_wrap(err, "node `%s` is not Ready", role->hostname);
    error_code(err, SR_READY_WAIT);
    return error_remedy(err, "read /var/log/seedrack/kubelet/current");
}

int kube_wait_signed(const struct role *role, const char *token_id, unsigned timeout_s, struct error *err) {
    const struct http_options options = api_admin();
    char url[256], id[TOKEN_ID_SIZE];
    snprintf(url, sizeof(url),
             "https://%s:6443/api/v1/namespaces/kube-public/"
             "configmaps?fieldSelector=metadata.name%%3Dcluster-info&watch=1&timeoutSeconds=60",
             role->address.text);
    snprintf(id, sizeof(id), "%s", token_id);
    return watch(url, &options, is_signed, id, timeout_s, err) < 0
               ? error_wrap(err, "cluster-info is not signed for the new token")
               : 0;
}

/* 0: done; 1: `accepted`, it is as wanted already. */
static int api_send(const struct role *role, const char *method, const char *path, const char *body, long accepted,
                    struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct http_options options = api_admin();
    char url[512];
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

int kube_remove_node(const struct role *role, const char *hostname, struct error *err) {
    char node[320], pods[400];
    snprintf(node, sizeof(node), "/api/v1/nodes/%s", hostname);
    snprintf(pods, sizeof(pods),
             "/api/v1/namespaces/kube-system/pods?fieldSelector=spec.nodeName%%3D%s&gracePeriodSeconds=0", hostname);
    return api_delete(role, node, err) < 0 || api_delete(role, pods, err) < 0
               ? error_wrap(err, "remove node `%s`", hostname)
               : 0;
}

int kube_tokens(const struct role *role, struct token ret[static TOKENS_MAX], size_t *ret_count, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    cleanup_json cJSON *list = NULL;
    const struct http_options options = api_admin();
    char url[128];
    snprintf(url, sizeof(url), "https://%s:6443" SECRETS "?fieldSelector=type%%3Dbootstrap.kubernetes.io%%2Ftoken",
             role->address.text);
    if (http_call(url, &options, &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return error_set(err, EIO, "API server: bootstrap tokens: status %ld", reply.status);
    int result =
        json_parse(reply.body.data, reply.body.length, &list, err) < 0 ? -1 : token_list(list, ret, ret_count, err);
    explicit_bzero(reply.body.data, reply.body.length);
    return result < 0 ? error_wrap(err, "API server: bootstrap tokens") : 0;
}

int kube_remove_token(const struct role *role, const struct token *token, struct error *err) {
    char path[128];
    snprintf(path, sizeof(path), SECRETS "/bootstrap-token-%s", token->id);
    return api_delete(role, path, err) < 0 ? error_wrap(err, "remove bootstrap token `%s`", token->id) : 0;
}

int kube_create(const struct role *role, const char *path, const char *body, struct error *err) {
    return api_send(role, "POST", path, body, 409, err);
}

int kube_put_approval(const struct role *role, const char *name, const cJSON *object, struct error *err) {
    char path[400], *text = cJSON_PrintUnformatted(object);
    snprintf(path, sizeof(path), CSRS "/%s/approval", name);
    int result = text ? api_send(role, "PUT", path, text, 409, err) : error_errno(err, ENOMEM, "CSR `%s`", name);
    cJSON_free(text);
    return result;
}

int kube_watch_csrs(const struct role *role, bool (*event)(void *context, const char *text, size_t length),
                    void *context, struct error *err) {
    struct http_options options = api_admin();
    char url[256];
    options.timeout_s = WATCH_S;
    snprintf(
        url, sizeof(url),
        "https://%s:6443" CSRS
        "?fieldSelector=spec.signerName%%3Dkubernetes.io%%2Fkube-apiserver-client-kubelet&watch=1&timeoutSeconds=60",
        role->address.text);
    return http_lines(url, &options, event, context, err);
}

static int etcd_call(const char *path, const char *body, cJSON **ret, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct http_options options = etcd_client;
    char url[128];
    options.method = "POST";
    options.body = body;
    snprintf(url, sizeof(url), ETCD "%s", path);
    if (http_call(url, &options, &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return error_fail(err, SR_ETCD_HEALTH, -1, "etcd %s: status %ld: %.120s", path, reply.status,
                          buf_text(&reply.body));
    return json_parse(reply.body.data, reply.body.length, ret, err) < 0 ? error_wrap(err, "etcd %s", path) : 0;
}

static int member_healthy(const struct cluster_member *member, struct error *err) {
    if (!member->name[0] || !member->client_url[0])
        return error_fail(err, SR_ETCD_HEALTH, EAGAIN, "etcd member %s is not started", member->id);
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    char health[256];
    snprintf(health, sizeof(health), "%s/health", member->client_url);
    if (http_call(health, &etcd_client, &reply, err) < 0)
        return error_wrap(err, "etcd member `%s`", member->name);
    if (reply.status != 200 || !strstr(buf_text(&reply.body), "\"true\""))
        return error_fail(err, SR_ETCD_HEALTH, EAGAIN, "etcd member `%s` is not healthy: %.100s", member->name,
                          buf_text(&reply.body));
    return 0;
}

/* /readyz includes the API server's own view of etcd. */
static int api_ready(const struct role_peer *peer, struct error *err) {
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

int kube_control_plane_healthy(const struct role *role, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    if (etcd_call("/v3/cluster/member/list", "{}", &answer, err) < 0)
        return -1;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "members")) {
        const struct cluster_member member = cluster_member(item);
        if (member_healthy(&member, err) < 0)
            return -1;
        const struct role_peer *peer = cluster_peer(role, member.name);
        if (peer && api_ready(peer, err) < 0)
            return -1;
    }
    return 0;
}

int kube_voters(size_t *ret_started, size_t *ret_all, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    const cJSON *item;
    if (etcd_call("/v3/cluster/member/list", "{}", &answer, err) < 0)
        return -1;
    *ret_started = *ret_all = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "members")) {
        ++*ret_all;
        *ret_started += cluster_member(item).name[0] != '\0'; /* etcd learns the name when the member starts */
    }
    return 0;
}

int kube_members(struct kube_member ret[static KUBE_MEMBERS_MAX], size_t *ret_count, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    const cJSON *item;
    if (etcd_call("/v3/cluster/member/list", "{}", &answer, err) < 0)
        return -1;
    *ret_count = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "members")) {
        if (*ret_count < KUBE_MEMBERS_MAX)
            snprintf(ret[(*ret_count)++].name, sizeof(ret->name), "%s", cluster_member(item).name);
    }
    return 0;
}

int kube_leader_changes(unsigned long *ret, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    if (http_call(ETCD_METRICS, &(struct http_options){.timeout_s = 5}, &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return error_set(err, EIO, "etcd " ETCD_METRICS ": status %ld", reply.status);
    return cluster_leader_changes(buf_text(&reply.body), ret, err) < 0 ? error_wrap(err, "etcd " ETCD_METRICS) : 0;
}

int kube_etcd_waits_for_one(bool *ret, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    if (http_call(ETCD_METRICS, &(struct http_options){.timeout_s = 5}, &reply, err) < 0)
        return -1;
    *ret = reply.status == 200 && cluster_waits_for_one(buf_text(&reply.body));
    return 0;
}

static bool is_called(const char *pid, const char *program) {
    cleanup_buf struct buf name = BUF_INIT(64);
    struct error gone;
    char path[280];
    snprintf(path, sizeof(path), "/proc/%s/comm", pid);
    if (!isdigit((unsigned char)pid[0]) || file_read(path, &name, &gone) < 0)
        return false;
    return name.length == strlen(program) + 1 && !strncmp(buf_text(&name), program, name.length - 1);
}

/* The first process of that name; ESRCH: there is none. */
static int find_process(const char *program, pid_t *ret, struct error *err) {
    cleanup_closedir DIR *processes = opendir("/proc");
    const struct dirent *entry;
    int more;
    if (!processes)
        return error_errno(err, errno, "`/proc`");
    while ((more = file_next_entry(processes, &entry, err)) > 0)
        if (is_called(entry->d_name, program)) {
            *ret = (pid_t)strtol(entry->d_name, NULL, 10);
            return 0;
        }
    return more < 0 ? error_wrap(err, "`/proc`") : error_set(err, ESRCH, "no process %s", program);
}

int kube_restart_api_server(struct error *err) {
    pid_t pid;
    if (find_process(API_SERVER, &pid, err) < 0)
        return -1;
    return kill(pid, SIGTERM) < 0 ? error_errno(err, errno, "end " API_SERVER) : 0;
}

/* The process behind `fd` (pidfd_open(2)) has ended within `wait_ms`. */
static bool has_ended(int fd, int wait_ms) {
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    return poll(&ended, 1, wait_ms) == 1;
}

int kube_stop_etcd(struct error *err) {
    enum { GRACE_MS = 10000, KILL_MS = 5000 };
    pid_t pid;
    if (find_process("etcd", &pid, err) < 0)
        return err->errnum == ESRCH ? 0 : -1;
    cleanup_close int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return errno == ESRCH ? 0 : error_errno(err, errno, "watch etcd");
    kill(pid, SIGTERM);
    if (has_ended(fd, GRACE_MS))
        return 0;
    kill(pid, SIGKILL);
    return has_ended(fd, KILL_MS) ? 0 : error_set(err, EBUSY, "etcd does not end");
}

int kube_etcd_has_argument(const char *argument, bool *ret, struct error *err) {
    cleanup_buf struct buf arguments = BUF_INIT(16384);
    char path[64];
    pid_t pid;
    if (find_process("etcd", &pid, err) < 0)
        return -1;
    snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
    if (file_read(path, &arguments, err) < 0)
        return -1;
    *ret = false;
    for (size_t at = 0; at < arguments.length; at += strlen(arguments.data + at) + 1)
        *ret |= !strcmp(arguments.data + at, argument);
    return 0;
}

int kube_remove_member(const struct role *role, const char *hostname, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    if (etcd_call("/v3/cluster/member/list", "{}", &answer, err) < 0)
        return -1;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "members")) {
        const struct cluster_member member = cluster_member(item);
        if (!cluster_member_is_of(&member, role, hostname))
            continue;
        char body[96];
        cleanup_json cJSON *removed = NULL;
        snprintf(body, sizeof(body), "{\"ID\":\"%s\"}", member.id);
        return etcd_call("/v3/cluster/member/remove", body, &removed, err) < 0
                   ? error_wrap(err, "remove etcd member `%s`", hostname)
                   : 0;
    }
    return 0;
}

int kube_is_alone_with(const struct role *role, const char *hostname, bool *ret, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    if (etcd_call("/v3/cluster/member/list", "{}", &answer, err) < 0)
        return -1;
    const cJSON *members = cJSON_GetObjectItemCaseSensitive(answer, "members"), *item;
    size_t ours = 0, theirs = 0;
    cJSON_ArrayForEach(item, members) {
        const struct cluster_member member = cluster_member(item);
        ours += cluster_member_is_of(&member, role, role->hostname);
        theirs += cluster_member_is_of(&member, role, hostname);
    }
    *ret = cJSON_GetArraySize(members) == 2 && ours == 1 && theirs == 1;
    return 0;
}
