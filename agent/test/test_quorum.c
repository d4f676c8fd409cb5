/* SPDX-License-Identifier: Apache-2.0
 * What a living master does for etcd's quorum, and what it calls healthy. */
#include "worlds.h"

#include "clock.h"
#include "member/health.h"
#include "member/quorum.h"

#define MANIFEST "spec:\n  containers:\n  - command:\n    - etcd\n    - --name=k8s-m1\n"
#define FORCED "spec:\n  containers:\n  - command:\n    - etcd\n    - --force-new-cluster\n    - --name=k8s-m1\n"

/* --- etcd's quorum --- */

static char manifest[256];
static bool removable, alone, runs_forced;
static int healthy_after; /* looks */

static int fake_remove_member(const struct role *role, const char *hostname, struct error *err) {
    (void)role;
    called("remove_member %s", hostname);
    return removable ? 0 : error_set(err, EIO, "etcd: no leader");
}
static int fake_is_alone_with(const struct role *role, const char *hostname, bool *ret, struct error *err) {
    (void)role;
    (void)err;
    called("alone_with %s", hostname);
    *ret = alone;
    return 0;
}
static int fake_file_read(const char *path, struct buf *ret, struct error *err) {
    if (!strstr(path, "etcd.yaml"))
        return error_errno(err, ENOENT, "read `%s`", path);
    buf_adds(ret, manifest);
    return 0;
}
static int fake_file_write(const char *path, const void *data, size_t length, mode_t mode, struct error *err) {
    (void)err;
    assert_non_null(strstr(path, "/manifests/etcd.yaml"));
    assert_int_equal(mode, 0600);
    snprintf(manifest, sizeof(manifest), "%.*s", (int)length, (const char *)data);
    called("manifest %s", strstr(manifest, "--force-new-cluster") ? "forced" : "plain");
    return 0;
}
static int fake_has_argument(const char *argument, bool *ret, struct error *err) {
    (void)err;
    assert_string_equal(argument, "--force-new-cluster");
    *ret = runs_forced;
    return 0;
}
static int fake_stop_etcd(struct error *err) {
    (void)err;
    called("stop etcd");
    return 0;
}
static int fake_stop_api_server(int grace_ms, struct error *err) {
    assert_int_equal(grace_ms, 1000);
    (void)err;
    called("stop api_server");
    return 0;
}
static int fake_remove_node(const struct role *role, const char *hostname, struct error *err) {
    (void)role;
    (void)err;
    called("remove_node %s", hostname);
    return 0;
}
static int fake_service_down(const char *name, struct error *err) {
    (void)err;
    called("down %s", name);
    return 0;
}
static int fake_service_up(const char *name, struct error *err) {
    (void)err;
    called("up %s", name);
    runs_forced = strstr(manifest, "--force-new-cluster") != NULL;
    return 0;
}
static int no_members(int (*each)(const struct cluster_member *member, void *context, struct error *err), void *context,
                      struct error *err) {
    (void)each;
    (void)context;
    return healthy_after-- > 0 ? error_set(err, EAGAIN, "not yet") : 0;
}

static void etcd_is(bool can_remove, bool is_alone) {
    machine_is("k8s-m1");
    snprintf(manifest, sizeof(manifest), MANIFEST);
    removable = can_remove;
    alone = is_alone;
    runs_forced = false;
    healthy_after = 0;
    world.etcd_remove_member = fake_remove_member;
    world.etcd_is_alone_with = fake_is_alone_with;
    world.etcd_each_member = no_members;
    world.file_read = fake_file_read;
    world.file_write = fake_file_write;
    world.process_etcd_has_argument = fake_has_argument;
    world.process_stop_etcd = fake_stop_etcd;
    world.process_stop_api_server = fake_stop_api_server;
    world.service_down = fake_service_down;
    world.api_remove_node = fake_remove_node;
    world.service_up = fake_service_up;
}

static void a_member_that_can_be_removed_is_removed(void **state) {
    (void)state;
    struct error err = {0};
    etcd_is(true, false);
    assert_int_equal(quorum_without(&agent, "k8s-m2", INT64_MAX, &err), 0);
    assert_calls("remove_member k8s-m2");
}

static void with_a_third_voter_nothing_is_forced(void **state) {
    (void)state;
    struct error err = {0};
    etcd_is(false, false);
    assert_int_equal(quorum_without(&agent, "k8s-m2", INT64_MAX, &err), -1);
    assert_calls("remove_member k8s-m2; alone_with k8s-m2");
    assert_string_equal(manifest, MANIFEST);
}

/* kubelet must not see the manifest change while it runs: it would not end the old etcd. */
static void the_last_of_two_starts_over_alone(void **state) {
    (void)state;
    struct error err = {0};
    etcd_is(false, true);
    assert_int_equal(quorum_without(&agent, "k8s-m2", INT64_MAX, &err), 0);
    assert_calls(
        "remove_member k8s-m2; alone_with k8s-m2; down kubelet; stop etcd; stop api_server; manifest forced; "
        "up kubelet; remove_node k8s-m2; down kubelet; stop etcd; stop api_server; manifest plain; up kubelet");
    assert_string_equal(manifest, MANIFEST);
}

/* A power cut between the two restarts: the flag is found, and taken out again. */
static void an_interrupted_start_over_is_ended(void **state) {
    (void)state;
    struct error err = {0};
    etcd_is(true, true);
    snprintf(manifest, sizeof(manifest), FORCED);
    runs_forced = true;
    assert_int_equal(quorum_without(&agent, "k8s-m2", INT64_MAX, &err), 0);
    assert_calls("remove_node k8s-m2; down kubelet; stop etcd; stop api_server; manifest plain; up kubelet");
    assert_string_equal(manifest, MANIFEST);
}

static void what_is_not_healthy_in_time_is_said(void **state) {
    (void)state;
    struct error err = {0};
    etcd_is(false, true);
    healthy_after = 1000;
    assert_int_equal(quorum_without(&agent, "k8s-m2", clock_boottime_ms(), &err), -1);
    assert_string_equal(err.message, "etcd does not run as the only voter yet");
}

/* --- health --- */

static const char *unhealthy = "k8s-m2";
static int fake_member_healthy(const struct cluster_member *member, struct error *err) {
    called("healthy %s", member->name);
    return strcmp(member->name, unhealthy) ? 0 : error_set(err, EAGAIN, "etcd member `%s` is not healthy", unhealthy);
}
static int fake_api_ready(const struct role_peer *peer, struct error *err) {
    (void)err;
    called("ready %s", peer->hostname);
    return 0;
}
static int two_members(int (*each)(const struct cluster_member *member, void *context, struct error *err),
                       void *context, struct error *err) {
    const struct cluster_member members[] = {
        {.id = "1", .name = "k8s-m1", .peer_url = ""},
        {.id = "9372538179322589801", .name = unhealthy, .peer_url = "https://10.0.0.99:2380"}};
    return each(&members[0], context, err) < 0 ? -1 : each(&members[1], context, err);
}

static void the_member_that_is_not_healthy_is_named(void **state) {
    (void)state;
    struct error err = {0};
    machine_is("k8s-m1");
    world.etcd_each_member = two_members;
    world.etcd_member_healthy = fake_member_healthy;
    world.api_ready = fake_api_ready;
    assert_int_equal(control_plane_healthy(&world, agent.role, &err), -1);
    assert_string_equal(err.message, "etcd member `k8s-m2` is not healthy");
    assert_string_equal(err.remedy,
                        "power k8s-m2 on; lost for good: seedctl forget k8s-m2, and a new machine in its place");
    assert_calls("healthy k8s-m1; ready k8s-m1; healthy k8s-m2");
    static const char *const strangers[] = {"k8s-old", ""}; /* the site lost it, and etcd did not */
    for (size_t i = 0; i < 2; i++) {
        unhealthy = strangers[i];
        err = (struct error){0};
        assert_int_equal(control_plane_healthy(&world, agent.role, &err), -1);
        assert_non_null(strstr(err.message, i ? "a machine that never started is no machine of the site"
                                              : "k8s-old is no machine of the site and still a member of etcd"));
        assert_string_equal(err.remedy, "take it out: etcdctl member remove 8211f1d0f64f3269");
    }
    unhealthy = "k8s-m2";
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_member_that_can_be_removed_is_removed, forget_machine),
        cmocka_unit_test_teardown(with_a_third_voter_nothing_is_forced, forget_machine),
        cmocka_unit_test_teardown(the_last_of_two_starts_over_alone, forget_machine),
        cmocka_unit_test_teardown(an_interrupted_start_over_is_ended, forget_machine),
        cmocka_unit_test_teardown(what_is_not_healthy_in_time_is_said, forget_machine),
        cmocka_unit_test_teardown(the_member_that_is_not_healthy_is_named, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
