/* SPDX-License-Identifier: Apache-2.0
 * See cluster.h. etcd's JSON gateway writes 64-bit numbers as strings, and leaves out what is false or empty. */
#include "cluster.h"

#include "json.h"
#include "net.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEADER_CHANGES "\netcd_server_leader_changes_seen_total "
#define NO_LEADER "etcd_server_has_leader 0"
#define PEER "etcd_network_peer_round_trip_time_seconds_count{To=\"" /* one line a member that it sends to */
enum { ID_DIGITS = 20 /* of 64 bits */, GAIN = 100 << 20 /* less is not worth it */ };
#define QUOTA (UINT64_C(2) << 30) /* etcd's default */

static const char *first_of(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(object, key), 0);
    return cJSON_IsString(item) ? item->valuestring : "";
}

bool cluster_node_ready(const char *event, size_t length) {
    cleanup_json cJSON *tree = cJSON_ParseWithLength(event, length);
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(tree, "object");
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(object, "status"), *condition;
    cJSON_ArrayForEach(condition, cJSON_GetObjectItemCaseSensitive(status, "conditions")) {
        if (!strcmp(json_text(condition, "type"), "Ready"))
            return !strcmp(json_text(condition, "status"), "True");
    }
    return false;
}

bool cluster_is_signed(const char *event, size_t length, const char *token_id) {
    cleanup_json cJSON *tree = cJSON_ParseWithLength(event, length);
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(tree, "object");
    char key[32];
    snprintf(key, sizeof(key), "jws-kubeconfig-%.6s", token_id);
    return cJSON_HasObjectItem(cJSON_GetObjectItemCaseSensitive(object, "data"), key);
}

static bool slice_has_address(const cJSON *slice, const char *uid) {
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(slice, "metadata"), *owner, *endpoint;
    bool owned = false;
    cJSON_ArrayForEach(owner, cJSON_GetObjectItemCaseSensitive(metadata, "ownerReferences")) {
        owned |= !strcmp(json_text(owner, "uid"), uid);
    }
    cJSON_ArrayForEach(endpoint, cJSON_GetObjectItemCaseSensitive(slice, "endpoints")) {
        if (owned && first_of(endpoint, "addresses")[0])
            return true;
    }
    return false;
}

bool cluster_slice_event(const char *event, size_t length, const char *uid) {
    cleanup_json cJSON *tree = cJSON_ParseWithLength(event, length);
    return slice_has_address(cJSON_GetObjectItemCaseSensitive(tree, "object"), uid);
}

bool cluster_slices_have(const cJSON *list, const char *uid) {
    const cJSON *slice;
    cJSON_ArrayForEach(slice, cJSON_GetObjectItemCaseSensitive(list, "items")) {
        if (slice_has_address(slice, uid))
            return true;
    }
    return false;
}

void cluster_lease_host(const cJSON *lease, char ret[static 64]) {
    const char *holder = json_text(cJSON_GetObjectItemCaseSensitive(lease, "spec"), "holderIdentity");
    int length = (int)strcspn(holder, "_");
    snprintf(ret, 64, "%.*s", length, holder);
    if (length > 63 || !net_label_valid(ret))
        ret[0] = '\0';
}

struct cluster_leader cluster_leader(const cJSON *status) {
    const char *leader = json_text(status, "leader");
    return (struct cluster_leader){.known = leader[0] && strcmp(leader, "0") != 0,
                                   .term = strtoull(json_text(status, "raftTerm"), NULL, 10)};
}

static uint64_t number(const cJSON *tree, const char *key) {
    return strtoull(json_text(tree, key), NULL, 10); /* the gateway writes 64 bits as text */
}

static bool is_sound(const char *version) {
    unsigned major = 0, minor = 0, patch = 0;
    if (sscanf(version, "%u.%u.%u", &major, &minor, &patch) != 3 || major != 3)
        return major > 3;
    return minor > 6 || (minor == 6 && patch >= 5);
}

struct cluster_space cluster_space(const cJSON *status) {
    const cJSON *problem;
    struct cluster_space space = {.size = number(status, "dbSize"),
                                  .used = number(status, "dbSizeInUse"),
                                  .quota = number(status, "dbSizeQuota"),
                                  .sound = is_sound(json_text(status, "version"))};
    if (!space.quota)
        space.quota = QUOTA; /* before 3.6 it is not told */
    cJSON_ArrayForEach(problem, cJSON_GetObjectItemCaseSensitive(status, "errors")) {
        const char *text = cJSON_GetStringValue(problem);
        space.full |= text && strstr(text, "NOSPACE");
    }
    return space;
}

bool cluster_space_gains(const struct cluster_space *space) {
    return space->sound && (space->full || (space->size >= GAIN && space->used <= space->size / 2));
}

/* "" unless it is decimal: the id goes back to etcd in a request. */
static const char *id_of(const cJSON *item) {
    const char *id = json_text(item, "ID");
    return strlen(id) <= ID_DIGITS && strspn(id, "0123456789") == strlen(id) ? id : "";
}

struct cluster_member cluster_member(const cJSON *item) {
    return (struct cluster_member){.id = id_of(item),
                                   .name = json_text(item, "name"),
                                   .client_url = first_of(item, "clientURLs"),
                                   .peer_url = first_of(item, "peerURLs"),
                                   .learner = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "isLearner"))};
}

const struct role_peer *cluster_peer(const struct role *role, const char *hostname) {
    for (size_t i = 0; i < role->n_peers; i++)
        if (!strcmp(role->peers[i].hostname, hostname))
            return &role->peers[i];
    return NULL;
}

size_t cluster_masters(const struct role *role) {
    size_t masters = 0;
    for (size_t i = 0; i < role->n_peers; i++)
        masters += role->peers[i].role == NODE_MASTER;
    return masters;
}

bool cluster_member_is_of(const struct cluster_member *member, const struct role *role, const char *hostname) {
    const struct role_peer *peer = cluster_peer(role, hostname);
    char expected[64];
    if (!strcmp(member->name, hostname))
        return true;
    snprintf(expected, sizeof(expected), "https://%s:2380", peer ? peer->address.text : "");
    return peer && !strcmp(member->peer_url, expected);
}

int cluster_leader_changes(const char *metrics, unsigned long *ret, struct error *err) {
    const char *line = strstr(metrics, LEADER_CHANGES);
    if (!line)
        return error_set(err, EPROTO, "no leader changes in the answer");
    *ret = strtoul(line + strlen(LEADER_CHANGES), NULL, 10);
    return 0;
}

/* The rest of the next line that begins with `prefix`, or NULL; *at moves behind that line. */
static const char *next_line(const char **at, const char *prefix) {
    size_t length = strlen(prefix);
    for (const char *line = *at; line && *line;) {
        const char *end = strchr(line, '\n');
        *at = end ? end + 1 : line + strlen(line);
        if (!strncmp(line, prefix, length))
            return line + length;
        line = *at;
    }
    return NULL;
}

bool cluster_waits_for_one(const char *metrics) {
    const char *at = metrics, *rest = next_line(&at, NO_LEADER);
    size_t peers = 0;
    if (!rest || (*rest != '\n' && *rest != '\0'))
        return false;
    for (at = metrics; next_line(&at, PEER);)
        peers++;
    return peers == 1;
}
