/* SPDX-License-Identifier: Apache-2.0
 * What API servers and etcd answer: a node's readiness, a token's signature, whose member one is, changes of leader. */
#include "../../lib/test/testing.h"

#include "cleanup.h"
#include "decide/cluster.h"
#include "json.h"
#include <errno.h>
#include <string.h>

#define NODE(conditions)                                                                                               \
    "{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Node\",\"status\":{\"conditions\":[" conditions "]}}}"
#define READY(status) "{\"type\":\"Ready\",\"status\":\"" status "\"}"
#define PRESSURE(status) "{\"type\":\"MemoryPressure\",\"status\":\"" status "\"}"

static void a_node_is_ready_by_its_condition_alone(void **state) {
    (void)state;
    static const struct {
        const char *event;
        bool ready;
    } rows[] = {{NODE(READY("True")), true},
                {NODE(PRESSURE("False") "," READY("True")), true},
                {NODE(PRESSURE("True") "," READY("False")), false},
                {NODE(READY("Unknown")), false},
                {NODE(READY("true")), false},
                {NODE(PRESSURE("True")), false},
                {NODE(""), false},
                {"{\"object\":{\"conditions\":[" READY("True") "]}}", false},
                {"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410}}", false},
                {"{\"object\":{\"status\":{\"conditions\":[5,{\"type\":7}]}}}", false},
                {"", false},
                {"{", false},
                {"null", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (cluster_node_ready(rows[i].event, strlen(rows[i].event)) != rows[i].ready)
            fail_msg("%s is taken for %s", rows[i].event, rows[i].ready ? "not ready" : "ready");
    static const char cut[] = NODE(READY("True"));
    for (size_t length = 0; length < sizeof(cut) - 1; length++)
        assert_false(cluster_node_ready(cut, length)); /* a line that did not come whole */
}

static void cluster_info_is_signed_for_one_token(void **state) {
    (void)state;
    static const char event[] =
        "{\"type\":\"MODIFIED\",\"object\":{\"data\":{\"kubeconfig\":\"x\",\"jws-kubeconfig-abcdef\":\"y\"}}}",
                      outside[] = "{\"object\":{\"jws-kubeconfig-abcdef\":\"y\",\"data\":{}}}";
    assert_true(cluster_is_signed(event, strlen(event), "abcdef"));
    assert_true(
        cluster_is_signed(event, strlen(event), "abcdef.0123456789abcdef")); /* a whole token begins with its id */
    assert_false(cluster_is_signed(event, strlen(event), "abcdeg"));
    assert_false(cluster_is_signed(event, strlen(event), "abcde"));
    assert_false(cluster_is_signed(event, strlen(event) - 1, "abcdef"));
    assert_false(cluster_is_signed(outside, strlen(outside), "abcdef"));
}

static struct role_peer peers[] = {{.hostname = "k8s-m1", .address = {.text = "172.22.132.11"}},
                                   {.hostname = "k8s-m2", .address = {.text = "172.22.132.12"}}};
static const struct role role = {.peers = peers, .n_peers = 2};

static cJSON *tree_of(const char *text) {
    struct error err = {0};
    cJSON *tree = NULL;
    if (json_parse(text, strlen(text), &tree, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    return tree;
}

static void a_member_is_of_a_machine_by_name_or_by_url(void **state) {
    (void)state;
    static const struct {
        const char *item;
        bool of_m1, of_m2;
    } rows[] = {{"{\"name\":\"k8s-m1\",\"peerURLs\":[\"https://172.22.132.11:2380\"]}", true, false},
                {"{\"peerURLs\":[\"https://172.22.132.12:2380\"]}", false, true}, /* announced, not started */
                {"{\"name\":\"k8s-m2\"}", false, true},
                {"{\"peerURLs\":[\"https://172.22.132.1:2380\"]}", false, false},
                {"{\"peerURLs\":[\"https://172.22.132.111:2380\"]}", false, false},
                {"{\"peerURLs\":[\"http://172.22.132.11:2380\"]}", false, false},
                {"{\"peerURLs\":[5]}", false, false},
                {"{\"peerURLs\":[]}", false, false},
                {"{}", false, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_json cJSON *item = tree_of(rows[i].item);
        struct cluster_member member = cluster_member(item);
        assert_int_equal(cluster_member_is_of(&member, &role, "k8s-m1"), rows[i].of_m1);
        assert_int_equal(cluster_member_is_of(&member, &role, "k8s-m2"), rows[i].of_m2);
        assert_false(cluster_member_is_of(&member, &role, "k8s-m9")); /* whom the role document does not know */
    }
}

static void a_member_has_texts_and_a_number(void **state) {
    (void)state;
    static const char *const bad[] = {"{}", "{\"ID\":5}", "{\"ID\":\"0x5\"}", "{\"ID\":\"5\\\"}\"}",
                                      "{\"ID\":\"123456789012345678901\"}"};
    cleanup_json cJSON *item = tree_of(
        "{\"ID\":\"18446744073709551615\",\"name\":\"k8s-m1\",\"peerURLs\":[\"p\",\"q\"],\"clientURLs\":[\"c\"]}");
    struct cluster_member member = cluster_member(item);
    assert_string_equal(member.id, "18446744073709551615");
    assert_string_equal(member.name, "k8s-m1");
    assert_string_equal(member.peer_url, "p");
    assert_string_equal(member.client_url, "c");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cleanup_json cJSON *wrong = tree_of(bad[i]);
        member = cluster_member(wrong);
        assert_string_equal(member.id, "");
        assert_string_equal(member.name, "");
        assert_string_equal(member.client_url, "");
        assert_string_equal(member.peer_url, "");
    }
}

static void a_peer_is_found_by_its_name(void **state) {
    (void)state;
    assert_ptr_equal(cluster_peer(&role, "k8s-m2"), &peers[1]);
    assert_null(cluster_peer(&role, "k8s-m"));
    assert_null(cluster_peer(&role, ""));
}

static struct cluster_space space_of(const char *text) {
    cleanup_json cJSON *tree = tree_of(text);
    return cluster_space(tree);
}

static void who_gains_by_defragmentation(void **state) {
    (void)state;
    struct cluster_space space =
        space_of("{\"version\":\"3.7.3\",\"dbSize\":\"209715200\",\"dbSizeInUse\":\"104857600\","
                 "\"dbSizeQuota\":\"2147483648\"}");
    assert_true(space.sound && !space.full);
    assert_true(space.size == 200u << 20 && space.used == 100u << 20 && space.quota == 2ull << 30);
    assert_true(cluster_space_gains(&space));
    space.used++;
    assert_false(cluster_space_gains(&space)); /* less than half is free */
    space.full = true;
    assert_true(cluster_space_gains(&space));
    space.used = space.size; /* nothing is free yet: it is compacted first */
    assert_true(cluster_space_gains(&space));
    space = space_of("{\"version\":\"3.6.5\",\"dbSize\":\"104857599\",\"dbSizeInUse\":\"1\",\"errors\":[\"memberID:1 "
                     "alarm:CORRUPT \"]}");
    assert_true(space.sound && !space.full && space.quota == 2ull << 30);
    assert_false(cluster_space_gains(&space)); /* too small to matter */
    space = space_of("{\"version\":\"3.6.4\",\"dbSize\":\"2147483648\",\"dbSizeInUse\":\"1\",\"errors\":[\"memberID:1 "
                     "alarm:NOSPACE \"]}");
    assert_true(space.full && !space.sound);
    assert_false(cluster_space_gains(&space)); /* that version may spoil a member by it */
    static const char *const sound[] = {"3.10.0", "4.0.0"}, *const not [] = {"", "3.5.30", "3", "x", "2.9.9"};
    for (size_t i = 0; i < 2; i++) {
        char text[64];
        snprintf(text, sizeof(text), "{\"version\":\"%s\"}", sound[i]);
        assert_true(space_of(text).sound);
    }
    for (size_t i = 0; i < 5; i++) {
        char text[64];
        snprintf(text, sizeof(text), "{\"version\":\"%s\"}", not [i]);
        assert_false(space_of(text).sound);
    }
}

static void changes_of_leader_are_a_line_of_their_own(void **state) {
    (void)state;
    struct error err = {0};
    unsigned long changes = 99;
    assert_int_equal(
        cluster_leader_changes(
            "# TYPE etcd_server_leader_changes_seen_total counter\netcd_server_leader_changes_seen_total 2\nx 3\n",
            &changes, &err),
        0);
    assert_int_equal(changes, 2);
    changes = 99;
    assert_int_equal(cluster_leader_changes("# TYPE etcd_server_leader_changes_seen_total counter\n", &changes, &err),
                     -1);
    assert_int_equal(err.errnum, EPROTO);
    assert_string_equal(err.message, "no leader changes in the answer");
    assert_int_equal(changes, 99);
}

#define PEER(id) "etcd_network_peer_round_trip_time_seconds_count{To=\"" id "\"} 64\n"
#define BUCKET "etcd_network_peer_round_trip_time_seconds_bucket{To=\"1697e8c272fd3b0b\",le=\"0.0001\"} 64\n"
#define HELP                                                                                                           \
    "# HELP etcd_server_has_leader Whether or not a leader exists. 1 is existence, 0 is not.\n# TYPE "                 \
    "etcd_server_has_leader gauge\n"

static void a_pair_without_a_leader(void **state) {
    (void)state;
    assert_true(cluster_waits_for_one(BUCKET PEER("1697e8c272fd3b0b") HELP "etcd_server_has_leader 0\n"));
    assert_true(cluster_waits_for_one(HELP "etcd_server_has_leader 0\n" PEER("1697e8c272fd3b0b")));
    assert_true(cluster_waits_for_one(PEER("1697e8c272fd3b0b") "etcd_server_has_leader 0"));
}

static void no_pair_without_a_leader(void **state) {
    (void)state;
    assert_false(cluster_waits_for_one(""));
    assert_false(cluster_waits_for_one(HELP "etcd_server_has_leader 0\n"));                          /* alone */
    assert_false(cluster_waits_for_one(PEER("1697e8c272fd3b0b") HELP "etcd_server_has_leader 1\n")); /* it has one */
    assert_false(cluster_waits_for_one(PEER("1697e8c272fd3b0b") HELP)); /* it does not say */
    assert_false(cluster_waits_for_one(PEER("1697e8c272fd3b0b") PEER(
        "ab") "etcd_server_has_leader 0\n")); /* two of three are lost: a person's decision */
    assert_false(cluster_waits_for_one(BUCKET "etcd_server_has_leader 0\n"));
    assert_false(cluster_waits_for_one(PEER("1697e8c272fd3b0b") "x etcd_server_has_leader 0\n"));
    assert_false(cluster_waits_for_one(PEER("1697e8c272fd3b0b") "etcd_server_has_leader 01\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_is_ready_by_its_condition_alone),
        cmocka_unit_test(cluster_info_is_signed_for_one_token),
        cmocka_unit_test(a_member_is_of_a_machine_by_name_or_by_url),
        cmocka_unit_test(a_member_has_texts_and_a_number),
        cmocka_unit_test(a_peer_is_found_by_its_name),
        cmocka_unit_test(who_gains_by_defragmentation),
        cmocka_unit_test(changes_of_leader_are_a_line_of_their_own),
        cmocka_unit_test(a_pair_without_a_leader),
        cmocka_unit_test(no_pair_without_a_leader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
