/* SPDX-License-Identifier: Apache-2.0
 * An edited site and the cluster that lives: what it cannot take, what each key does, and that every key has a class.
 */
#include "test/sites.h"

#include "site/change.h"
#include "json.h"
#include <stdlib.h>
#include <string.h>

static struct site *parse(const cJSON *tree) {
    struct site_errors *errors = calloc(1, sizeof(*errors));
    struct site *site = NULL;
    char *text = cJSON_PrintUnformatted(tree);
    if (site_parse(text, strlen(text), &site, errors) < 0)
        fail_msg("%s: %s", errors->list[0].pointer, errors->list[0].cause);
    cJSON_free(text);
    free(errors);
    return site;
}

static cJSON *document(void) {
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    source_read("configs/seven-nodes/site.json", &text);
    return cJSON_Parse(buf_text(&text));
}

/* Puts the JSON text `value`, or nothing, at "/a/3/b"; the place above must be there. */
static void put(cJSON *tree, const char *pointer, const char *value) {
    char copy[128], *word, *rest = copy + 1;
    snprintf(copy, sizeof(copy), "%s", pointer);
    cJSON *at = tree;
    while ((word = strsep(&rest, "/")) && rest)
        at = cJSON_IsArray(at) ? cJSON_GetArrayItem(at, (int)strtol(word, NULL, 10))
                               : cJSON_GetObjectItemCaseSensitive(at, word);
    if (cJSON_IsArray(at)) {
        cJSON_DeleteItemFromArray(at, (int)strtol(word, NULL, 10));
        return;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(at, word);
    if (value)
        cJSON_AddItemToObject(at, word, cJSON_Parse(value));
}

static bool nobody(const struct site_node *node, void *context) {
    (void)node;
    (void)context;
    return false;
}

static void what_a_living_cluster_cannot_take(void **state) {
    (void)state;
    static const struct {
        const char *pointer, *value, *named; /* NULL: it can */
        bool of_machine;
    } rows[] = {
        {"/site", "\"other\"", "/site", false},
        {"/cluster/name", "\"other\"", "/cluster/name", false},
        {"/cluster/control_plane_endpoint", "\"172.22.132.200:8443\"", "/cluster/control_plane_endpoint", false},
        {"/cluster/control_plane_endpoint", "\"172.22.132.10:8443\"", NULL, false}, /* what it is anyway */
        {"/cluster/pod_subnet", "\"10.245.0.0/16\"", "/cluster/pod_subnet", false},
        {"/cluster/pod_subnet", "\"10.244.0.0/16\"", NULL, false},
        {"/cluster/service_subnet", "\"10.112.0.0/12\"", "/cluster/service_subnet", false},
        {"/cluster/dns_domain", "\"other.local\"", "/cluster/dns_domain", false},
        {"/cluster/kubelet", "{\"maxPods\": 50}", NULL, false},
        {"/vip/address", "\"172.22.132.9\"", "/vip/address", false},
        {"/vip/virtual_router_id", "52", "/vip/virtual_router_id", false},
        {"/vip/style", "\"osixia-env\"", "/vip/style", false},
        {"/vip/advert_interval_ms", "1000", NULL, false},
        {"/haproxy", "{\"bind_port\": 9443}", "/haproxy/bind_port", false},
        {"/haproxy", "{\"stats_port\": 9191}", NULL, false},
        {"/cni", "{\"type\": \"none\"}", "/cni", false},
        {"/rollout", "{\"soak_s\": 5}", NULL, false},
        {"/nodes/6/address", "\"172.22.132.99/24\"", "/nodes/6/address", true},
        {"/nodes/6/hostname", "\"k8s-x\"", "/nodes/6/hostname", true},
        {"/nodes/6/role", "\"master\"", "/nodes/6/role", true},
        {"/nodes/6/mac", "\"52:54:00:84:00:99\"", NULL, true},
        {"/nodes/6/labels", "{\"a\": \"b\"}", NULL, true},
        {"/nodes/6", NULL, "/nodes: `k8s-g2` is missing", true},
        {"/nodes/3", NULL, "/nodes: `k8s-n1` is missing", true},
        {"/nodes/6/pod_cidr", "\"10.244.9.0/24\"", "/nodes/6/pod_cidr", true},
        {"/nodes/6/pod_cidr", "\"10.244.7.0/24\"", NULL, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_json cJSON *one = document(), *other = document();
        struct error err = {0};
        put(one, "/cluster/control_plane_endpoint", NULL); /* of the VIP and the port */
        put(other, "/cluster/control_plane_endpoint", NULL);
        put(other, rows[i].pointer, rows[i].value);
        cleanup_site struct site *old = parse(one), *site = parse(other);
        int result = change_check(old, site, NULL, NULL, &err);
        if ((result == 0) != !rows[i].named || (rows[i].named && !strstr(err.message, rows[i].named)))
            fail_msg("%s %s: %d %s", rows[i].pointer, rows[i].value, result, err.message);
        assert_true(result == 0 || err.remedy[0]);
        assert_int_equal(change_check(old, site, nobody, NULL, &err), rows[i].of_machine ? 0 : result);
    }
}

static void the_order_of_nodes_moves_no_pods(void **state) {
    (void)state;
    cleanup_json cJSON *one = document(), *other = document();
    struct error err = {0};
    cJSON *nodes = cJSON_GetObjectItemCaseSensitive(other, "nodes");
    cJSON_InsertItemInArray(nodes, 3, cJSON_DetachItemFromArray(nodes, 6));
    cleanup_site struct site *old = parse(one), *moved = parse(other);
    assert_int_equal(change_check(old, moved, NULL, NULL, &err), -1);
    assert_string_equal(err.message, "/nodes/4/pod_cidr: k8s-n1 has pods in 10.244.4.0/24 and would get 10.244.5.0/24");
    assert_non_null(strstr(err.remedy, "\"pod_cidr\": \"10.244.4.0/24\""));
    for (size_t i = 0; i < old->n_nodes; i++) { /* as the remedy says */
        cJSON *node;
        cJSON_ArrayForEach(node, nodes) {
            if (!strcmp(json_text(node, "hostname"), old->nodes[i].hostname))
                cJSON_AddStringToObject(node, "pod_cidr", old->nodes[i].pod_cidr);
        }
    }
    cleanup_site struct site *written = parse(other);
    assert_int_equal(change_check(old, written, NULL, NULL, &err), 0);
}

static void a_priority_moves_only_on_ones_word(void **state) {
    (void)state;
    cleanup_json cJSON *one = document(), *other = document();
    struct error err = {0};
    cJSON *nodes = cJSON_GetObjectItemCaseSensitive(other, "nodes"), *node;
    cleanup_site struct site *old = parse(one);
    for (size_t i = 0; i < old->n_nodes; i++)
        cJSON_AddStringToObject(cJSON_GetArrayItem(nodes, (int)i), "pod_cidr", old->nodes[i].pod_cidr);
    cJSON_InsertItemInArray(nodes, 0, cJSON_DetachItemFromArray(nodes, 2)); /* k8s-m3 */
    cleanup_site struct site *moved = parse(other);
    assert_int_equal(change_check(old, moved, NULL, NULL, &err), -1);
    assert_string_equal(err.message, "/nodes/1/vrrp_priority: k8s-m1 has 150 and would get 149 by its new place");
    assert_string_equal(err.remedy, "give it the line \"vrrp_priority\": 150");
    unsigned priority = 100; /* said, it may be any */
    cJSON_ArrayForEach(node, nodes) {
        if (!strcmp(json_text(node, "role"), "master"))
            cJSON_AddNumberToObject(node, "vrrp_priority", priority++);
    }
    cleanup_site struct site *said = parse(other);
    assert_int_equal(change_check(old, said, NULL, NULL, &err), 0);
}

static void each_change_is_told(void **state) {
    (void)state;
    cleanup_json cJSON *one = document(), *other = document();
    cleanup_buf struct buf text = BUF_INIT(65536), same = BUF_INIT(64);
    put(other, "/cluster/pod_subnet", "\"10.245.0.0/16\"");
    put(other, "/vip/advert_interval_ms", "1000");
    put(other, "/nodes/6/install", "true");
    cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(other, "nodes"),
                         cJSON_Parse("{\"hostname\": \"k8s-n9\", \"role\": \"worker\", \"mac\": \"52:54:00:84:00:98\", "
                                     "\"address\": \"172.22.132.98/24\"}"));
    cleanup_site struct site *old = parse(one), *site = parse(other);
    assert_int_equal(change_list(old, old, &same), 0);
    assert_int_equal(change_list(old, site, &text), 4);
    static const char *const lines[] = {
        "never    /cluster/pod_subnet: ", "; routes and addresses of all pods are in it\n",
        "rolling  /vip/advert_interval_ms: nothing -> 1000; Keepalived restarts on one master after the other\n",
        "reboot   /nodes/6/install of k8s-g2: nothing -> true; it boots from its disk the next time\n",
        "free     /nodes/7: k8s-n9 is new; it joins when it is powered on\n"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (!strstr(buf_text(&text), lines[i]))
            fail_msg("no `%s` in:\n%s", lines[i], buf_text(&text));
}

static unsigned used[256];

/* Every place of the schema below `pointer`; lists and maps have the name `*`. */
static void walk(const cJSON *root, const cJSON *node, const char *pointer) {
    const cJSON *reference = cJSON_GetObjectItemCaseSensitive(node, "$ref"), *key, *part;
    char below[256];
    if (reference)
        walk(root,
             cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(root, "definitions"),
                                              strrchr(reference->valuestring, '/') + 1),
             pointer);
    static const char *const parts[] = {"allOf", "oneOf", "anyOf"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        cJSON_ArrayForEach(part, cJSON_GetObjectItemCaseSensitive(node, parts[i])) {
            walk(root, part, pointer);
        }
    }
    cJSON_ArrayForEach(key, cJSON_GetObjectItemCaseSensitive(node, "properties")) {
        snprintf(below, sizeof(below), "%s/%s", pointer, key->string);
        const struct key_rule *rule = key_rule(below);
        if (!rule)
            fail_msg("%s has no row in seed/site/keys.def", below);
        used[rule - key_rules]++;
        walk(root, key, below);
    }
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(node, "items");
    snprintf(below, sizeof(below), "%s/0", pointer);
    if (cJSON_IsObject(items))
        walk(root, items, below);
}

static void every_key_has_a_class_and_every_row_a_key(void **state) {
    (void)state;
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    source_read("configs/schema/site.json", &text);
    cleanup_json cJSON *schema = cJSON_Parse(buf_text(&text));
    assert_null(key_rule("/unknown"));
    assert_null(key_rule("/sites"));
    assert_int_equal(key_rule("/nodes/17/kubelet/maxPods")->class, KEY_REBOOT);
    walk(schema, schema, "");
    for (size_t i = 0; i < n_key_rules; i++)
        if (!used[i])
            fail_msg("%s stands in keys.def and not in the schema", key_rules[i].pattern);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_living_cluster_cannot_take),         cmocka_unit_test(the_order_of_nodes_moves_no_pods),
        cmocka_unit_test(a_priority_moves_only_on_ones_word),        cmocka_unit_test(each_change_is_told),
        cmocka_unit_test(every_key_has_a_class_and_every_row_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
