/* SPDX-License-Identifier: Apache-2.0
 * A machine that leaves the cluster for good: what a living master does for it and says of it. */
#include "worlds.h"

#include "maintenance/drain.h"
#include "maintenance/retire.h"
#include "maintenance/slot.h"
#include <string.h>

/* --- the cluster --- */

static struct node_view node;
static bool has_node, has_member, comes_back;
static bool gives_back; /* who was removed is not listed any more */
static const char *gone_member;
static const char *sick; /* the member that is not well */
static struct pod_view pods[2];
static size_t n_pods, n_volumes;

static int fake_look(const struct role *role, const char *hostname, struct node_view *ret, struct error *err) {
    (void)role;
    *ret = node;
    return has_node ? 0 : error_set(err, ENOENT, "no node %s", hostname);
}
static int fake_each_pod(const struct role *role, const char *hostname,
                         int (*each)(const struct pod_view *, void *, struct error *), void *context,
                         struct error *err) {
    (void)role;
    (void)hostname;
    for (size_t i = 0; i < n_pods; i++)
        if (each(&pods[i], context, err) < 0)
            return -1;
    return 0;
}
static int fake_each_volume(const struct role *role, const char *hostname,
                            int (*each)(const char *, void *, struct error *), void *context, struct error *err) {
    (void)role;
    (void)hostname;
    return n_volumes ? each("pv-7", context, err) : 0;
}
static int fake_each_member(int (*each)(const struct cluster_member *, void *, struct error *), void *context,
                            struct error *err) {
    static const char *const names[] = {"k8s-m1", "k8s-m2", "k8s-m3"};
    for (size_t i = 0; i < 3; i++) {
        struct cluster_member member = {.id = "1", .name = names[i], .client_url = "", .peer_url = ""};
        if (gives_back && gone_member && !strcmp(gone_member, names[i]))
            continue;
        if ((i < 2 || has_member) && each(&member, context, err) < 0)
            return -1;
    }
    return 0;
}
static int fake_member_healthy(const struct cluster_member *member, struct error *err) {
    return sick && !strcmp(member->name, sick) ? error_set(err, EAGAIN, "etcd member `%s` is not healthy", sick) : 0;
}
static int fake_remove_member(const struct role *role, const char *hostname, struct error *err) {
    (void)role;
    (void)err;
    called("member-remove %s", hostname);
    gone_member = hostname;
    has_member = false;
    return 0;
}
static int fake_remove_node(const struct role *role, const char *hostname, struct error *err) {
    (void)role;
    (void)err;
    called("delete %s", hostname);
    has_node = comes_back;
    return 0;
}
static int fake_ready(const struct role_peer *peer, struct error *err) {
    (void)peer;
    (void)err;
    return 0;
}

static void who_helps(const char *holder) {
    machine_is("k8s-m1");
    world.seed_call = fake_record_call;
    world.node_look = fake_look;
    world.node_each_pod = fake_each_pod;
    world.node_each_volume = fake_each_volume;
    world.etcd_each_member = fake_each_member;
    world.etcd_member_healthy = fake_member_healthy;
    world.etcd_remove_member = fake_remove_member;
    world.api_remove_node = fake_remove_node;
    world.api_ready = fake_ready;
    node = (struct node_view){.ready = true};
    snprintf(node.name, sizeof(node.name), "%s", holder);
    has_node = has_member = true;
    comes_back = gives_back = false;
    gone_member = sick = NULL;
    n_pods = n_volumes = 0;
}

static void what_goes_with_it_is_asked_about(void **state) {
    (void)state;
    struct slot_record record = retire_asks("k8s-n1", "data");
    struct drain drain = {0};
    struct error err = {0};
    who_helps("k8s-n1");
    assert_true(retire_is_mine(&agent, &record));
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 1);
    assert_calls("helped data");
    pods[0] = (struct pod_view){.fate = POD_LEAVES, .namespace = "shop", .name = "db-0", .data = "emptyDir cache"};
    pods[1] = (struct pod_view){.fate = POD_ALONE, .namespace = "default", .name = "alone"};
    n_pods = 2;
    n_volumes = 1;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), -1);
    assert_calls("fail SR-RETIRE-DATA");
    assert_string_equal(err.message,
                        "retire k8s-n1: data goes with it: emptyDir cache of shop/db-0, default/alone itself, "
                        "which has no controller, PersistentVolume pv-7");
    record.lose_data = true;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 1);
    assert_calls("helped data");
}

static void one_that_is_off_is_said_to_be(void **state) {
    (void)state;
    struct slot_record record = retire_asks("k8s-n1", "data");
    struct drain drain = {0};
    struct error err = {0};
    who_helps("k8s-n1");
    node.ready = false;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 0); /* it may just have started */
    drain.begun_ms -= 10000;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), -1);
    assert_calls("fail SR-RETIRE-OFF");
    record.off = true;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 1);
    assert_calls("helped data");
    node.ready = true;
    record.since_ms = 6;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 0); /* it may just have been powered off */
    drain.begun_ms -= 90000;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), -1);
    assert_calls("fail SR-RETIRE-OFF");
    record = retire_asks("k8s-n1", "drain");
    record.off = true; /* its pods end with its Node */
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 1);
    assert_calls("helped drain");
}

static void no_master_goes_while_another_is_not_well(void **state) {
    (void)state;
    struct slot_record record = retire_asks("k8s-m3", "data");
    struct drain drain = {0};
    struct error err = {0};
    who_helps("k8s-m3");
    sick = "k8s-m3"; /* it is why it goes */
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 1);
    assert_calls("helped data");
    sick = "k8s-m2";
    drain.begun_ms -= 30000;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), -1);
    assert_calls("fail SR-ETCD-HEALTH");
    assert_string_equal(err.message,
                        "retire k8s-m3: without it 1 of 2 voters of etcd are well, and a quorum is 2: etcd "
                        "member `k8s-m2` is not healthy");
    record = retire_asks("k8s-n1", "data"); /* a worker has no vote */
    snprintf(node.name, sizeof(node.name), "k8s-n1");
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 1);
    assert_calls("helped data");
}

static int fake_each(const struct role *role, int (*each)(const struct node_view *, void *, struct error *),
                     void *context, struct error *err) {
    (void)role;
    return each(&node, context, err);
}
static int fake_others(const struct role *role, const char *but, struct error *err) {
    (void)role;
    (void)but;
    (void)err;
    return 0;
}
static int fake_cordon(const struct role *role, const struct node_view *of, long long token, struct error *err) {
    (void)role;
    (void)of;
    (void)err;
    called("%s", token ? "cordon" : "uncordon");
    node.cordoned = node.ours = token != 0;
    return 0;
}
static int fake_evict(const struct role *role, const struct pod_view *pod, struct error *err) {
    (void)role;
    (void)err;
    called("evict %s", pod->name);
    return 0;
}

/* Two voters: without the one that is retired there is no quorum to remove it by. */
static void the_last_but_one_gives_its_vote_back_first(void **state) {
    (void)state;
    struct slot_record record = retire_asks("k8s-m2", "drain");
    struct drain drain = {0};
    struct error err = {0};
    who_helps("k8s-m2");
    world.node_each = fake_each;
    world.node_others_well = fake_others;
    world.node_set_cordon = fake_cordon;
    world.node_evict = fake_evict;
    pods[0] = (struct pod_view){.fate = POD_ALONE, .namespace = "default", .name = "alone"};
    n_pods = 1;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 0);
    assert_calls("cordon; evict alone"); /* the operator said that it may go */
    n_pods = 0;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 1);
    assert_calls("helped drain"); /* one of three */
    has_member = false;           /* k8s-m3 */
    gives_back = true;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 1);
    assert_calls("member-remove k8s-m2; helped drain");
}

static void one_that_is_not_known_yet_waits(void **state) {
    (void)state;
    struct slot_record record = retire_asks("k8s-m9", "data"); /* it may be a master, and another one is not well */
    struct drain drain = {0};
    struct error err = {0};
    who_helps("k8s-m9");
    sick = "k8s-m2";
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 0);
    assert_calls("");
}

static void member_and_node_go(void **state) {
    (void)state;
    struct slot_record record = retire_asks("k8s-m3", "member");
    struct drain drain = {0};
    struct error err = {0};
    who_helps("k8s-m3");
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 1);
    assert_calls("member-remove k8s-m3; helped member");
    record = retire_asks("k8s-m3", "node");
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 1);
    assert_calls("delete k8s-m3; helped node");
    who_helps("k8s-m3");
    comes_back = true; /* whoever said that it is off was wrong */
    record.since_ms = 6;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 0);
    drain.begun_ms -= 10000;
    assert_int_equal(retire_help(&agent, &record, &drain, &err), -1);
    assert_calls("delete k8s-m3; delete k8s-m3; fail SR-RETIRE-OFF");
    record = retire_asks("k8s-n1", "member");
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 1);
    assert_calls("helped member");
    record = retire_asks("k8s-n1", "deny");
    assert_int_equal(retire_help(&agent, &record, &drain, &err), 1);
    assert_calls("helped deny");
    static const char *const others[] = {"stop", "wipe", "dance"};
    for (size_t i = 0; i < 3; i++) {
        record = retire_asks("k8s-n1", others[i]);
        assert_false(retire_is_mine(&agent, &record));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_with_it_is_asked_about),
        cmocka_unit_test(one_that_is_off_is_said_to_be),
        cmocka_unit_test(no_master_goes_while_another_is_not_well),
        cmocka_unit_test(the_last_but_one_gives_its_vote_back_first),
        cmocka_unit_test(one_that_is_not_known_yet_waits),
        cmocka_unit_test(member_and_node_go),
    };
    return cmocka_run_group_tests(tests, NULL, forget_machine);
}
