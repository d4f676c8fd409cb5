/* SPDX-License-Identifier: Apache-2.0
 * See etcd.h. etcd is asked through its JSON gateway (/v3/cluster/member/…). */
#include "etcd.h"
#include "decide/paths.h"
#include "http.h"

#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ETCD_METRICS "http://127.0.0.1:2381/metrics" /* kubeadm: --listen-metrics-urls */

static const struct http_options etcd_client = {
    .ca_file = KUBE_PKI "/etcd/ca.crt",
    .cert_file = KUBE_PKI "/etcd/healthcheck-client.crt",
    .key_file = KUBE_PKI "/etcd/healthcheck-client.key",
    .timeout_s = 5,
};

enum { DEFRAGMENT_S = 600 /* some seconds a gigabyte on a good disk */ };

static int etcd_call_within(unsigned timeout_s, const char *address, const char *path, const char *body, cJSON **ret,
                            struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    struct http_options options = etcd_client;
    char url[128];
    options.timeout_s = timeout_s;
    options.method = "POST";
    options.body = body;
    snprintf(url, sizeof(url), "https://%s:2379%s", address, path);
    if (http_call(url, &options, &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return error_fail(err, SR_ETCD_HEALTH, -1, "etcd %s: status %ld: %.120s", path, reply.status,
                          buf_text(&reply.body));
    return json_parse(reply.body.data, reply.body.length, ret, err) < 0 ? error_wrap(err, "etcd %s", path) : 0;
}

static int etcd_call_at(const char *address, const char *path, const char *body, cJSON **ret, struct error *err) {
    return etcd_call_within(etcd_client.timeout_s, address, path, body, ret, err);
}

static int etcd_call(const char *path, const char *body, cJSON **ret, struct error *err) {
    return etcd_call_at("127.0.0.1", path, body, ret, err);
}

static int ask_health(const struct cluster_member *member, const char *query, struct error *err) {
    if (!member->name[0] || !member->client_url[0])
        return error_fail(err, SR_ETCD_HEALTH, EAGAIN, "etcd member %s is not started", member->id);
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    char health[256];
    snprintf(health, sizeof(health), "%s/health%s", member->client_url, query);
    if (http_call(health, &etcd_client, &reply, err) < 0)
        return error_wrap(err, "etcd member `%s`", member->name);
    if (reply.status != 200 || !strstr(buf_text(&reply.body), "\"true\""))
        return error_fail(err, SR_ETCD_HEALTH, EAGAIN, "etcd member `%s` is not healthy: %.100s", member->name,
                          buf_text(&reply.body));
    return 0;
}

int etcd_member_healthy(const struct cluster_member *member, struct error *err) {
    return ask_health(member, "", err);
}
int etcd_member_serves(const struct cluster_member *member, struct error *err) {
    return ask_health(member, "?exclude=NOSPACE", err);
}

int etcd_voters(size_t *ret_started, size_t *ret_all, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    const cJSON *item;
    if (etcd_call("/v3/cluster/member/list", "{}", &answer, err) < 0)
        return -1;
    *ret_started = *ret_all = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "members")) {
        const struct cluster_member member = cluster_member(item);
        *ret_all += !member.learner;
        *ret_started += !member.learner && member.name[0]; /* etcd learns the name when the member starts */
    }
    return 0;
}

int etcd_members(struct etcd_member ret[static ETCD_MEMBERS_MAX], size_t *ret_count, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    const cJSON *item;
    if (etcd_call("/v3/cluster/member/list", "{}", &answer, err) < 0)
        return -1;
    *ret_count = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "members")) {
        if (*ret_count == ETCD_MEMBERS_MAX)
            return error_set(err, E2BIG, "etcd has more than %d members", ETCD_MEMBERS_MAX);
        snprintf(ret[(*ret_count)++].name, sizeof(ret->name), "%s", cluster_member(item).name);
    }
    return 0;
}

int etcd_leader_changes(unsigned long *ret, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    if (http_call(ETCD_METRICS, &(struct http_options){.timeout_s = 5}, &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return error_set(err, EIO, "etcd " ETCD_METRICS ": status %ld", reply.status);
    return cluster_leader_changes(buf_text(&reply.body), ret, err) < 0 ? error_wrap(err, "etcd " ETCD_METRICS) : 0;
}

int etcd_leader(struct cluster_leader *ret, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    if (etcd_call("/v3/maintenance/status", "{}", &answer, err) < 0)
        return -1;
    *ret = cluster_leader(answer);
    return 0;
}

int etcd_space(struct cluster_space *ret, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    if (etcd_call("/v3/maintenance/status", "{}", &answer, err) < 0)
        return -1;
    *ret = cluster_space(answer);
    return 0;
}

/* "172.22.132.11" of "https://172.22.132.11:2379". */
static bool address_of(const struct cluster_member *member, char ret[static 64]) {
    static const char scheme[] = "https://";
    const char *at = member->client_url + strlen(scheme);
    if (strncmp(member->client_url, scheme, strlen(scheme)) != 0 || strcspn(at, ":/") >= 64)
        return false;
    snprintf(ret, 64, "%.*s", (int)strcspn(at, ":/"), at);
    return true;
}

static int take_larger(const struct cluster_member *member, void *context, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    uint64_t *largest = context;
    char address[64];
    if (!address_of(member, address))
        return error_fail(err, SR_ETCD_HEALTH, EAGAIN, "etcd member %s is not started", member->id);
    if (etcd_call_at(address, "/v3/maintenance/status", "{}", &answer, err) < 0)
        return -1;
    uint64_t size = cluster_space(answer).size;
    *largest = size > *largest ? size : *largest;
    return 0;
}

int etcd_largest(uint64_t *ret, struct error *err) {
    *ret = 0;
    return etcd_each_member(take_larger, ret, err);
}

int etcd_compact(struct error *err) {
    cleanup_json cJSON *status = NULL, *done = NULL;
    char body[96];
    if (etcd_call("/v3/maintenance/status", "{}", &status, err) < 0)
        return -1;
    const char *revision = json_text(cJSON_GetObjectItemCaseSensitive(status, "header"), "revision");
    if (!revision[0] || revision[strspn(revision, "0123456789")])
        return error_set(err, EPROTO, "etcd: it says no revision");
    snprintf(body, sizeof(body), "{\"revision\":\"%.20s\",\"physical\":true}", revision);
    if (etcd_call_within(DEFRAGMENT_S, "127.0.0.1", "/v3/kv/compaction", body, &done, err) == 0 ||
        strstr(err->message, "has been compacted")) /* by an API server, just now */
        return 0;
    return error_wrap(err, "compact etcd");
}

int etcd_defragment(struct error *err) {
    cleanup_json cJSON *done = NULL;
    return etcd_call_within(DEFRAGMENT_S, "127.0.0.1", "/v3/maintenance/defragment", "{}", &done, err) < 0
               ? error_wrap(err, "defragment etcd")
               : 0;
}

int etcd_disarm(struct error *err) {
    cleanup_json cJSON *alarms = NULL;
    const cJSON *alarm;
    if (etcd_call("/v3/maintenance/alarm", "{\"action\":\"GET\"}", &alarms, err) < 0)
        return -1;
    cJSON_ArrayForEach(alarm, cJSON_GetObjectItemCaseSensitive(alarms, "alarms")) {
        cleanup_json cJSON *done = NULL;
        const char *id = json_text(alarm, "memberID");
        char body[128];
        if (strcmp(json_text(alarm, "alarm"), "NOSPACE") != 0 || id[strspn(id, "0123456789")])
            continue;
        snprintf(body, sizeof(body), "{\"action\":\"DEACTIVATE\",\"memberID\":\"%.20s\",\"alarm\":\"NOSPACE\"}", id);
        if (etcd_call("/v3/maintenance/alarm", body, &done, err) < 0)
            return error_wrap(err, "take back etcd's alarm");
    }
    return 0;
}

/* The id of a started voter that is not `own`; "": there is none. */
static void find_other_voter(const cJSON *members, const char *own, char ret[static 32]) {
    const cJSON *item;
    ret[0] = '\0';
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(members, "members")) {
        const struct cluster_member member = cluster_member(item);
        if (!member.learner && member.name[0] && strcmp(member.id, own) != 0)
            snprintf(ret, 32, "%s", member.id);
    }
}

int etcd_move_leader(struct error *err) {
    cleanup_json cJSON *status = NULL, *members = NULL, *moved = NULL;
    char other[32], body[64];
    if (etcd_call("/v3/maintenance/status", "{}", &status, err) < 0 ||
        etcd_call("/v3/cluster/member/list", "{}", &members, err) < 0)
        return -1;
    const char *own = json_text(cJSON_GetObjectItemCaseSensitive(status, "header"), "member_id");
    find_other_voter(members, own, other);
    if (strcmp(json_text(status, "leader"), own) != 0 || !other[0])
        return 0;
    snprintf(body, sizeof(body), "{\"targetID\":\"%s\"}", other);
    return etcd_call("/v3/maintenance/transfer-leadership", body, &moved, err) < 0
               ? error_wrap(err, "move etcd's leader")
               : 0;
}

int etcd_waits_for_one(bool *ret, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    if (http_call(ETCD_METRICS, &(struct http_options){.timeout_s = 5}, &reply, err) < 0)
        return -1;
    *ret = reply.status == 200 && cluster_waits_for_one(buf_text(&reply.body));
    return 0;
}

/* The member of the machine `hostname` or, when that is NULL, the learner with that id. None: nothing is left to do. */
static int remove_first(const char *address, const struct role *role, const char *hostname, const char *learner,
                        struct error *err) {
    cleanup_json cJSON *answer = NULL, *removed = NULL;
    const cJSON *item;
    if (etcd_call_at(address, "/v3/cluster/member/list", "{}", &answer, err) < 0)
        return -1;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "members")) {
        const struct cluster_member member = cluster_member(item);
        char body[96];
        if (hostname ? !cluster_member_is_of(&member, role, hostname)
                     : !member.learner || strcmp(member.id, learner) != 0)
            continue;
        snprintf(body, sizeof(body), "{\"ID\":\"%s\"}", member.id);
        return etcd_call_at(address, "/v3/cluster/member/remove", body, &removed, err) < 0
                   ? error_wrap(err, "remove etcd member `%s`", hostname ? hostname : learner)
                   : 0;
    }
    return 0;
}

int etcd_remove_member(const struct role *role, const char *hostname, struct error *err) {
    return remove_first("127.0.0.1", role, hostname, NULL, err);
}

int etcd_remove_own(const char *address, const struct role *role, struct error *err) {
    return remove_first(address, role, role->hostname, NULL, err);
}

int etcd_has_own_vote(const char *address, const struct role *role, bool *ret, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    const cJSON *item;
    if (etcd_call_at(address, "/v3/cluster/member/list", "{\"linearizable\":true}", &answer, err) < 0)
        return -1;
    *ret = false;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "members")) {
        const struct cluster_member member = cluster_member(item);
        *ret |= !member.learner && cluster_member_is_of(&member, role, role->hostname);
    }
    return 0;
}

int etcd_remove_learner(const char *id, struct error *err) {
    return remove_first("127.0.0.1", NULL, NULL, id, err);
}

int etcd_is_alone_with(const struct role *role, const char *hostname, bool *ret, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    if (etcd_call("/v3/cluster/member/list", "{}", &answer, err) < 0)
        return -1;
    const cJSON *members = cJSON_GetObjectItemCaseSensitive(answer, "members"), *item;
    size_t voters = 0, ours = 0, theirs = 0;
    cJSON_ArrayForEach(item, members) {
        const struct cluster_member member = cluster_member(item);
        if (member.learner) /* it has no say */
            continue;
        voters++;
        ours += cluster_member_is_of(&member, role, role->hostname);
        theirs += cluster_member_is_of(&member, role, hostname);
    }
    *ret = voters == 2 && ours == 1 && theirs == 1;
    return 0;
}

int etcd_each_member(int (*each)(const struct cluster_member *member, void *context, struct error *err), void *context,
                     struct error *err) {
    cleanup_json cJSON *answer = NULL;
    const cJSON *item;
    if (etcd_call("/v3/cluster/member/list", "{}", &answer, err) < 0)
        return -1;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "members")) {
        const struct cluster_member member = cluster_member(item);
        if (each(&member, context, err) < 0)
            return -1;
    }
    return 0;
}
