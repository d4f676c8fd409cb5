/* SPDX-License-Identifier: Apache-2.0
 * Whether caches follow what is new: who is named when they do not, and what etcd and the API server say of it. */
#include "worlds.h"

#include "member/caches.h"
#include "decide/cluster.h"
#include <errno.h>
#include <string.h>

#define UID "8f2c1a9e-0000-4000-8000-000000000001"

static bool makes, watched, cached, stored;

static int fake_make(const struct role *role, char ret_uid[static API_UID_SIZE], struct error *err) {
    (void)role;
    called("make");
    snprintf(ret_uid, API_UID_SIZE, UID);
    return makes ? 0 : error_set(err, EIO, "API server: POST: status 500");
}
static int fake_wait(const struct role *role, const char *uid, unsigned timeout_s, struct error *err) {
    (void)role;
    assert_string_equal(uid, UID);
    called("watch %u", timeout_s);
    return watched ? 0 : error_set(err, ETIMEDOUT, "after %u s", timeout_s);
}
static int fake_has(const struct role *role, const char *uid, bool from_cache, bool *ret, struct error *err) {
    (void)role;
    (void)err;
    assert_string_equal(uid, UID);
    called(from_cache ? "cache" : "etcd");
    *ret = from_cache ? cached : stored;
    return 0;
}
static int fake_remove(const struct role *role, struct error *err) {
    (void)role;
    (void)err;
    called("remove");
    return 0;
}

static enum caches check_with(bool a_watch, bool a_cache, bool in_etcd) {
    machine_is("k8s-m1");
    world.api_make_followed = fake_make;
    world.api_wait_followed = fake_wait;
    world.api_has_followed = fake_has;
    world.api_remove_followed = fake_remove;
    makes = true;
    watched = a_watch;
    cached = a_cache;
    stored = in_etcd;
    return caches_check(&agent);
}

static void who_is_stale_is_named(void **state) {
    (void)state;
    assert_int_equal(check_with(true, true, true), CACHES_FOLLOW);
    assert_calls("make; watch 30; cache; remove");
    assert_int_equal(check_with(false, false, true), CACHES_API_SERVER);
    assert_calls("make; watch 30; cache; etcd; remove");
    assert_int_equal(check_with(false, true, true), CACHES_API_SERVER); /* its lists follow, its watches do not */
    assert_calls("make; watch 30; cache; watch 5; etcd; remove");
    assert_int_equal(check_with(true, false, true), CACHES_API_SERVER);
    assert_int_equal(check_with(false, false, false), CACHES_CONTROLLERS);
    calls[0] = '\0';
    machine_is("k8s-m1");
    world.api_make_followed = fake_make;
    makes = false;
    assert_int_equal(caches_check(&agent), CACHES_UNKNOWN); /* not well, and not stale */
    assert_calls("make");
}

static void a_slice_counts_with_an_address_and_its_owner(void **state) {
    (void)state;
#define SLICE(owner, endpoints)                                                                                        \
    "{\"metadata\":{\"ownerReferences\":[{\"uid\":\"" owner "\"}]},\"endpoints\":" endpoints "}"
#define READY_POD "[{\"addresses\":[\"172.22.132.11\"]}]"
    static const struct {
        const char *slice;
        bool counts;
    } rows[] = {{SLICE(UID, READY_POD), true},
                {SLICE("0", READY_POD), false}, /* of the Service before */
                {SLICE(UID, "[]"), false},
                {SLICE(UID, "null"), false},
                {SLICE(UID, "[{\"addresses\":[]}]"), false},
                {SLICE(UID, "[{},{\"addresses\":[\"10.0.0.1\"]}]"), true},
                {"{\"endpoints\":" READY_POD "}", false},
                {"5", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char event[512], list[512];
        snprintf(event, sizeof(event), "{\"type\":\"ADDED\",\"object\":%s}", rows[i].slice);
        snprintf(list, sizeof(list), "{\"items\":[{},%s]}", rows[i].slice);
        cleanup_json cJSON *tree = cJSON_Parse(list);
        assert_int_equal(cluster_slice_event(event, strlen(event), UID), rows[i].counts);
        assert_int_equal(cluster_slices_have(tree, UID), rows[i].counts);
        assert_false(cluster_slice_event(event, strlen(event) - 1, UID)); /* a line that did not come whole */
    }
    assert_false(cluster_slices_have(NULL, UID));
}

static void leader_of(const char *text, bool known, unsigned long long term) {
    cleanup_json cJSON *tree = cJSON_Parse(text);
    struct cluster_leader leader = cluster_leader(tree);
    assert_int_equal(leader.known, known);
    assert_int_equal(leader.term, term);
}
static void host_of(const char *text, const char *wanted) {
    char host[64];
    cleanup_json cJSON *tree = cJSON_Parse(text);
    cluster_lease_host(tree, host);
    assert_string_equal(host, wanted);
}

static void leaders_are_read(void **state) {
    (void)state;
    leader_of("{\"leader\":\"9372538179322589801\",\"raftTerm\":\"7\"}", true, 7);
    leader_of("{\"leader\":\"0\",\"raftTerm\":\"8\"}", false, 8);
    leader_of("{\"raftTerm\":\"8\"}", false, 8);
    leader_of("null", false, 0);
    host_of("{\"spec\":{\"holderIdentity\":\"k8s-m2_4f6d\"}}", "k8s-m2");
    host_of("{\"spec\":{\"holderIdentity\":\"<b>\"}}", ""); /* it goes into a command that people run */
    host_of("{\"spec\":{\"holderIdentity\":\"\"}}", "");
    host_of("{}", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(who_is_stale_is_named, forget_machine),
        cmocka_unit_test(a_slice_counts_with_an_address_and_its_owner),
        cmocka_unit_test(leaders_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
