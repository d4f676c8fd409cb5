/* SPDX-License-Identifier: Apache-2.0
 * What API servers and etcd answer. The first byte says which. */
#include "decide/cluster.h"
#include "decide/node.h"
#include "decide/pod.h"
#include "fuzz.h"
#include "json.h"
#include "net.h"

static const struct role *role_once(void) {
    static struct role_peer peers[] = {{.hostname = "k8s-m1", .address = {.text = "172.22.132.11"}},
                                       {.hostname = "k8s-m2", .address = {.text = "172.22.132.12"}}};
    static const struct role role = {.peers = peers, .n_peers = 2};
    return &role;
}

static void members(const char *text, size_t size) {
    struct error err = {0};
    cleanup_json cJSON *tree = NULL;
    const cJSON *item;
    if (json_parse(text, size, &tree, &err) < 0)
        return;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(tree, "members")) {
        struct cluster_member member = cluster_member(item);
        demand(member.name && member.client_url && member.peer_url);
        demand(strlen(member.id) <= 20 &&
               strspn(member.id, "0123456789") == strlen(member.id)); /* it becomes a request to etcd */
        demand(!cluster_member_is_of(&member, role_once(), "k8s-m1") ||
               !cluster_member_is_of(&member, role_once(), "k8s-m2") ||
               member.name[0]); /* a nameless one is of one machine */
        demand(!cluster_member_is_of(&member, role_once(), "k8s-m9") || !strcmp(member.name, "k8s-m9"));
    }
}

static void objects(const char *text, size_t size) {
    static const char uid[] = "8f2c1a9e";
    struct error err = {0};
    cleanup_json cJSON *tree = NULL;
    char host[64];
    if (json_parse(text, size, &tree, &err) < 0)
        return;
    demand(!cluster_slices_have(tree, uid) || strstr(text, uid) || strchr(text, '\\'));
    cluster_lease_host(tree, host);
    demand(!host[0] || net_label_valid(host)); /* it becomes part of a command that people run */
    demand(!cluster_leader(tree).known || strstr(text, "leader") || strchr(text, '\\'));
}

/* Names become part of URLs. */
static void node_and_pod(const char *text) {
    cleanup_json cJSON *tree = cJSON_Parse(text);
    cleanup_buf struct buf why = BUF_INIT(1024);
    struct node_view node = node_view(tree);
    struct pod_view pod = pod_view(tree);
    demand(!node.name[0] || net_label_valid(node.name));
    demand(!strpbrk(pod.name, "/?#% ") && !strpbrk(pod.namespace, "/?#% "));
    demand(pod.fate != POD_LEAVES || strstr(text, "controller") || strchr(text, '\\'));
    pod_refusal(tree, &why);
    cJSON_Delete(node_patch(&node, 7));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct error err = {0};
    unsigned long changes;
    if (!size)
        return 0;
    char *text = fuzz_text(data + 1, size - 1);
    switch ((uint8_t)(data[0] - '0') % 7) {
    case 0:
        demand(!cluster_node_ready(text, size - 1) || (strstr(text, "Ready") && strstr(text, "True")) ||
               strchr(text, '\\') || strlen(text) < size - 1);
        break;
    case 1:
        cluster_is_signed(text, size - 1, "abcdef.0123456789abcdef");
        break;
    case 2:
        members(text, size - 1);
        break;
    case 3:
        objects(text, size - 1);
        break;
    case 6:
        node_and_pod(text);
        break;
    case 4:
        cluster_slice_event(text, size - 1, "8f2c1a9e");
        break;
    default:
        cluster_waits_for_one(text);
        if (cluster_leader_changes(text, &changes, &err) < 0)
            fuzz_error(&err);
    }
    free(text);
    return 0;
}
