/* SPDX-License-Identifier: Apache-2.0
 * The master that drains a machine and sees it come back: what it does to node and pods, and what it says to the seed.
 */
#include "worlds.h"

#include "maintenance/drain.h"
#include "maintenance/slot.h"
#include <string.h>

#define OTHER_BOOT "22222222-2222-4222-8222-222222222222"

static int fake_call(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                     unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    (void)client;
    (void)timeout_s;
    (void)ret_status;
    (void)ret_body;
    (void)err;
    const char *word = strrchr(path, '/') + 1, *code = json_text(body, "code");
    assert_string_equal(method, "POST");
    assert_int_equal(json_number(body, "token", 0), 7);
    called("%s %s", word, code[0] ? code : json_text(body, "step"));
    return 0;
}
static bool healthy;
static int fake_each_member(int (*each)(const struct cluster_member *, void *, struct error *), void *context,
                            struct error *err) {
    (void)each;
    (void)context;
    return healthy ? 0 : error_set(err, EAGAIN, "etcd member `k8s-m3` is not healthy");
}

static struct node_view node;
static struct pod_view pods[4];
static size_t n_pods;
static const char *budget; /* of every pod; NULL: it lets them go */
static bool others_well;

static int fake_look(const struct role *role, const char *hostname, struct node_view *ret, struct error *err) {
    (void)role;
    (void)err;
    assert_string_equal(hostname, "k8s-n1");
    *ret = node;
    return 0;
}
static int fake_others(const struct role *role, const char *but, struct error *err) {
    (void)role;
    assert_string_equal(but, "k8s-n1");
    return others_well ? 0 : error_set(err, EBUSY, "node `k8s-n2` is not Ready");
}
static int fake_cordon(const struct role *role, const struct node_view *of, long long token, struct error *err) {
    (void)role;
    (void)of;
    (void)err;
    called("%s", token ? "cordon" : "uncordon");
    node.cordoned = node.ours = token != 0;
    return 0;
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
static int refusal;
static int fake_evict(const struct role *role, const struct pod_view *pod, struct error *err) {
    (void)role;
    called("evict %s", pod->name);
    return budget ? error_set(err, refusal, "pod %s: %s", pod->name, budget) : 0;
}
static bool count_looks;
static int fake_each(const struct role *role, int (*each)(const struct node_view *, void *, struct error *),
                     void *context, struct error *err) {
    static const struct node_view theirs = {.name = "k8s-n2", .cordoned = true};
    (void)role;
    if (count_looks)
        called("look");
    return each(&theirs, context, err) < 0 || each(&node, context, err) < 0 ? -1 : 0;
}
static bool first_answers;
static int fake_ready(const struct role_peer *peer, struct error *err) {
    (void)err;
    return !strcmp(peer->hostname, "k8s-m1") && first_answers ? 0 : -1;
}

static void who_drains(const char *hostname) {
    machine_is(hostname);
    world.seed_call = fake_call;
    world.file_write = fake_write;
    world.node_look = fake_look;
    world.node_each = fake_each;
    count_looks = false;
    world.node_others_well = fake_others;
    world.node_set_cordon = fake_cordon;
    world.node_each_pod = fake_each_pod;
    world.node_evict = fake_evict;
    world.api_ready = fake_ready;
    world.etcd_each_member = fake_each_member;
    node = (struct node_view){.name = "k8s-n1", .ready = true, .boot = OTHER_BOOT};
    budget = NULL;
    refusal = EBUSY;
    n_pods = 0;
    others_well = healthy = first_answers = true;
}
static struct slot_record asks(const char *step) {
    struct slot_record record = {.token = 7,
                                 .since_ms = 5,
                                 .running = true,
                                 .kind = "rollout",
                                 .holder = "k8s-n1",
                                 .boot = OTHER_BOOT,
                                 .soak_s = 1,
                                 .drain_s = 1};
    snprintf(record.step, sizeof(record.step), "%s", step);
    return record;
}
static void add_pod(const char *name, enum pod_fate fate) {
    struct pod_view *pod = &pods[n_pods++];
    *pod = (struct pod_view){.fate = fate, .namespace = "default"};
    snprintf(pod->name, sizeof(pod->name), "%s", name);
}

static void the_first_living_master_helps(void **state) {
    (void)state;
    struct slot_record record = asks("drain");
    who_drains("k8s-m1");
    assert_true(drain_is_mine(&agent, &record));
    who_drains("k8s-m2");
    assert_false(drain_is_mine(&agent, &record));
    first_answers = false;
    assert_true(drain_is_mine(&agent, &record));
    snprintf(record.holder, sizeof(record.holder), "k8s-m1");
    first_answers = true;
    assert_true(drain_is_mine(&agent, &record)); /* not the one that is drained */
    static const char *const others[] = {"reboot", "drain-done", "lease", ""};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        record = asks(others[i]);
        who_drains("k8s-m1");
        assert_false(drain_is_mine(&agent, &record));
    }
    record = asks("drain");
    record.halted = true;
    assert_false(drain_is_mine(&agent, &record));
    record = asks("drain");
    snprintf(record.kind, sizeof(record.kind), "dance");
    assert_false(drain_is_mine(&agent, &record));
}

static void pods_leave_and_then_it_may_reboot(void **state) {
    (void)state;
    struct slot_record record = asks("drain");
    struct drain drain = {0};
    struct error err = {0};
    who_drains("k8s-m1");
    add_pod("proxy", POD_STAYS);
    add_pod("web", POD_LEAVES);
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 0);
    assert_calls("cordon; evict web");
    pods[1].leaving = true;
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 0);
    assert_calls(""); /* it ends */
    n_pods = 1;
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 1);
    assert_calls("helped drain");
}

static void what_cannot_leave_halts_and_is_taken_back(void **state) {
    (void)state;
    struct slot_record record = asks("drain");
    struct drain drain = {0};
    struct error err = {0};
    who_drains("k8s-m1");
    add_pod("web", POD_LEAVES);
    add_pod("lonely", POD_ALONE);
    assert_int_equal(drain_help(&agent, &record, &drain, &err), -1);
    assert_calls("fail SR-DRAIN"); /* before anything was changed */
    assert_non_null(strstr(err.message, "drain k8s-n1: pod default/lonely has no controller"));

    who_drains("k8s-m1");
    drain = (struct drain){0};
    add_pod("web", POD_LEAVES);
    budget = "The disruption budget web needs 2 healthy pods and has 2 currently";
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 0);
    assert_calls("cordon; evict web");
    drain.begun_ms -= 1000;
    assert_int_equal(drain_help(&agent, &record, &drain, &err), -1);
    assert_calls("evict web; fail SR-DRAIN; uncordon");
    assert_string_equal(err.message, "drain k8s-n1: after 1 s: pod web: The disruption budget web needs 2 healthy pods "
                                     "and has 2 currently");
    record.since_ms = 6; /* resumed: it has its time again */
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 0);
    assert_calls("cordon; evict web");
}

static void a_cordon_of_somebody_else_stays(void **state) {
    (void)state;
    struct slot_record record = asks("drain");
    struct drain drain = {0};
    struct error err = {0};
    who_drains("k8s-m1");
    node.cordoned = true;
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 1);
    assert_calls("helped drain");
    record = asks("return");
    snprintf(node.boot, sizeof(node.boot), "33333333-3333-4333-8333-333333333333");
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 0);
    assert_calls("");
}

static void a_cordon_is_not_left_when_no_order_is_open(void **state) {
    (void)state;
    struct slot_record record = {.version = 9, .closed = true};
    struct drain drain = {0};
    who_drains("k8s-m2");
    count_looks = true;
    node.cordoned = node.ours = true;
    drain_sweep(&agent, &record, &drain);
    assert_calls(""); /* k8s-m1 does it */
    first_answers = false;
    drain_sweep(&agent, &record, &drain);
    assert_calls("look; uncordon");
    drain_sweep(&agent, &record, &drain);
    assert_calls(""); /* once */
    record = (struct slot_record){.version = 10, .running = true};
    drain_sweep(&agent, &record, &drain);
    assert_calls("");
}

static void what_a_webhook_refuses_is_named_in_time(void **state) {
    (void)state;
    struct slot_record record = asks("drain");
    struct drain drain = {0};
    struct error err = {0};
    who_drains("k8s-m1");
    add_pod("web", POD_LEAVES);
    budget = "admission webhook says no";
    refusal = EIO;
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 0);
    drain.begun_ms -= 1000;
    assert_int_equal(drain_help(&agent, &record, &drain, &err), -1);
    assert_non_null(strstr(err.message, "admission webhook says no"));
}

static void nobody_is_drained_beside_another_that_is_down(void **state) {
    (void)state;
    struct slot_record record = asks("drain");
    struct drain drain = {0};
    struct error err = {0};
    who_drains("k8s-m1");
    others_well = false;
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 0);
    drain.begun_ms -= 1000;
    assert_int_equal(drain_help(&agent, &record, &drain, &err), -1);
    assert_calls("fail SR-DRAIN");
}

static void it_is_back_when_all_was_well_without_a_break(void **state) {
    (void)state;
    struct slot_record record = asks("return");
    struct drain drain = {0};
    struct error err = {0};
    who_drains("k8s-m1");
    node.cordoned = node.ours = true;
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 0); /* Ready says the boot before */
    assert_calls("");
    snprintf(node.boot, sizeof(node.boot), "33333333-3333-4333-8333-333333333333");
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 0);
    assert_calls("uncordon");
    healthy = false;
    drain.well_since_ms -= 2000;
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 0);
    assert_int_equal(drain.well_since_ms, 0);
    healthy = true;
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 0);
    drain.well_since_ms -= 1000;
    assert_int_equal(drain_help(&agent, &record, &drain, &err), 1);
    assert_calls("helped return");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_cordon_is_not_left_when_no_order_is_open, forget_machine),
        cmocka_unit_test_teardown(the_first_living_master_helps, forget_machine),
        cmocka_unit_test_teardown(pods_leave_and_then_it_may_reboot, forget_machine),
        cmocka_unit_test_teardown(what_cannot_leave_halts_and_is_taken_back, forget_machine),
        cmocka_unit_test_teardown(a_cordon_of_somebody_else_stays, forget_machine),
        cmocka_unit_test_teardown(what_a_webhook_refuses_is_named_in_time, forget_machine),
        cmocka_unit_test_teardown(nobody_is_drained_beside_another_that_is_down, forget_machine),
        cmocka_unit_test_teardown(it_is_back_when_all_was_well_without_a_break, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
