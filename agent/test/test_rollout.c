/* SPDX-License-Identifier: Apache-2.0
 * A machine that reboots in its slot, and the master that drains it and sees it come back: what is said to the seed, in
 * which order, and where it stops.
 */
#include "worlds.h"

#include "clock.h"
#include "maintenance/drain.h"
#include "maintenance/rollout.h"
#include "maintenance/slot.h"
#include <string.h>

/* --- the seed --- */

static const char *own_boot, *record_text, *turn_text; /* turn_text NULL: it had none */
static int fake_read(const char *path, struct buf *ret, struct error *err) {
    if (!strcmp(path, "/etc/kubernetes/seedrack-turn.json")) {
        buf_adds(ret, turn_text ? turn_text : "");
        return turn_text ? 0 : error_errno(err, ENOENT, "%s", path);
    }
    assert_string_equal(path, "/proc/sys/kernel/random/boot_id");
    buf_addf(ret, "%s\n", own_boot);
    return 0;
}
static int fake_call(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                     unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    (void)client;
    (void)timeout_s;
    (void)ret_status;
    (void)err;
    if (!strcmp(method, "GET")) {
        *ret_body = cJSON_Parse(record_text);
        return 0;
    }
    const char *word = strrchr(path, '/') + 1, *step = json_text(body, "step"), *code = json_text(body, "code");
    called("%s %s", word, code[0] ? code : step);
    if (calls[strlen(calls) - 1] == ' ')
        calls[strlen(calls) - 1] = '\0';
    if (!strcmp(word, "take")) {
        assert_string_equal(json_text(body, "kind"), "rollout");
        assert_string_equal(json_text(body, "boot"), own_boot);
    } else if (strcmp(word, "witness") != 0) {
        assert_int_equal(json_number(body, "token", 0), 7);
    }
    if (ret_body) {
        cJSON *record = cJSON_Parse("{\"token\":7}");
        cJSON_AddStringToObject(record, "holder", agent.role->hostname);
        cJSON_AddNumberToObject(record, "since_ms", (double)clock_wall_ms());
        *ret_body = record;
    }
    return 0;
}

/* --- the machine in hand --- */

static bool healthy;
static int fake_each_member(int (*each)(const struct cluster_member *, void *, struct error *), void *context,
                            struct error *err) {
    (void)each;
    (void)context;
    return healthy ? 0 : error_set(err, EAGAIN, "etcd member `k8s-m3` is not healthy");
}
static int fake_take_lease(const struct role *role, struct error *err) {
    (void)role;
    (void)err;
    called("lease");
    return 0;
}
static int fake_drop_lease(const struct role *role, struct error *err) {
    (void)role;
    (void)err;
    called("lease-back");
    return 0;
}
static int fake_move(struct error *err) {
    (void)err;
    called("move");
    return 0;
}
static size_t voters;
static int fake_voters(size_t *ret_started, size_t *ret_all, struct error *err) {
    (void)err;
    *ret_started = *ret_all = voters;
    return 0;
}
static int fake_reboot(struct error *err) {
    called("reboot");
    return error_set(err, EPERM, "the test goes on"); /* else it waits for its end */
}

static void machine_in_hand(const char *hostname) {
    machine_is(hostname);
    world.seed_call = fake_call;
    world.file_write = fake_write;
    world.file_read = fake_read;
    world.etcd_each_member = fake_each_member;
    world.lease_take = fake_take_lease;
    world.lease_drop = fake_drop_lease;
    world.etcd_move_leader = fake_move;
    world.etcd_voters = fake_voters;
    world.power_reboot = fake_reboot;
    healthy = true;
    voters = 3;
    turn_text = written_turn = NULL;
    own_boot = "11111111-1111-4111-8111-111111111111";
}
#define OTHER_BOOT "22222222-2222-4222-8222-222222222222"
#define RECORD(holder, step, state)                                                                                    \
    "{\"version\":4,\"token\":7,\"kind\":\"rollout\",\"state\":\"" state "\",\"holder\":\"" holder                     \
    "\",\"step\":\"" step "\",\"since_ms\":5,\"boot\":\"" OTHER_BOOT                                                   \
    "\",\"soak_s\":1,\"drain_timeout_s\":1,\"waiting\":[]}"

static const struct slot_record my_turn = {.my_turn = true, .running = true, .kind = "rollout"};

static void it_leaves_when_it_is_drained(void **state) {
    (void)state;
    static const struct {
        const char *hostname, *record, *calls;
    } rows[] = {
        {"k8s-m2", RECORD("k8s-m2", "drain-done", "RUNNING"),
         "take; step lease; lease; step drain; step leader; move; step reboot; reboot; fail SR-MAINTENANCE"},
        {"k8s-n1", RECORD("k8s-n1", "drain-done", "RUNNING"),
         "take; step drain; step reboot; reboot; fail SR-MAINTENANCE"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        machine_in_hand(rows[i].hostname);
        record_text = rows[i].record;
        assert_int_equal(rollout_once(&agent, &my_turn, &err), -1);
        assert_calls(rows[i].calls);
        assert_string_equal(written_turn, "in hand");
    }
}

static void it_stays_when_the_drain_failed_or_the_slot_is_gone(void **state) {
    (void)state;
    static const char *const records[] = {RECORD("k8s-n1", "drain", "HALTED"), RECORD("k8s-n2", "drain", "RUNNING"),
                                          RECORD("", "", "RUNNING")};
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        struct error err = {0};
        machine_in_hand("k8s-n1");
        record_text = records[i];
        assert_int_equal(rollout_once(&agent, &my_turn, &err), -1);
        assert_calls("take; step drain"); /* it halted already: no `fail` of its own */
    }
}

static void a_master_that_etcd_needs_stays(void **state) {
    (void)state;
    struct error err = {0};
    machine_in_hand("k8s-m2");
    record_text = RECORD("k8s-m2", "drain-done", "RUNNING");
    voters = 2;
    assert_int_equal(rollout_once(&agent, &my_turn, &err), -1);
    assert_calls("take; step lease; lease; step drain; step leader; fail SR-MAINTENANCE");
    assert_non_null(strstr(err.message, "etcd has two voters"));
}

static void aborted_before_its_reboot_it_stays(void **state) {
    (void)state;
    struct error err = {0};
    struct slot_record record = {.mine = true, .running = true, .aborted = true, .kind = "rollout", .boot = OTHER_BOOT};
    machine_in_hand("k8s-m2");
    own_boot = OTHER_BOOT;
    assert_int_equal(rollout_once(&agent, &record, &err), 0);
    assert_calls("take; lease-back; back");
    machine_in_hand("k8s-n1"); /* while it waits to be drained */
    record_text = "{\"version\":4,\"token\":7,\"kind\":\"rollout\",\"state\":\"RUNNING\",\"holder\":\"k8s-n1\","
                  "\"step\":\"drain\",\"aborted\":true}";
    assert_int_equal(rollout_once(&agent, &my_turn, &err), -1);
    assert_calls("take; step drain");
    assert_int_equal(err.errnum, ECANCELED);
}

static void a_seed_that_forgot_its_turn_is_told(void **state) {
    (void)state;
    static const struct {
        const char *turn;
        bool told;
    } rows[] = {{"{\"token\":9,\"kind\":\"rollout\",\"boot\":\"b\",\"in_hand\":true}", true},
                {"{\"token\":9,\"kind\":\"renew\",\"boot\":\"\",\"in_hand\":false}", true},
                {"{\"token\":7,\"kind\":\"rollout\",\"boot\":\"b\",\"in_hand\":true}", false},
                {"{\"token\":", false},
                {NULL, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slot_record record = {0};
        struct error err = {0};
        machine_in_hand("k8s-n1");
        record_text = RECORD("", "", "RUNNING");
        turn_text = rows[i].turn;
        assert_int_equal(slot_look(&agent, 0, &record, &err), 0);
        assert_calls(rows[i].told ? "witness" : "");
    }
}

static void nothing_begins_while_another_master_is_away(void **state) {
    (void)state;
    struct error err = {0};
    machine_in_hand("k8s-m2");
    healthy = false;
    assert_int_equal(rollout_once(&agent, &my_turn, &err), -1);
    assert_calls("");
}

static void another_boot_id_means_that_it_is_back(void **state) {
    (void)state;
    struct error err = {0};
    struct slot_record record = {.mine = true, .running = true, .kind = "rollout", .boot = OTHER_BOOT};
    machine_in_hand("k8s-m2");
    record_text = RECORD("k8s-m2", "return-done", "PAUSED");
    assert_int_equal(rollout_once(&agent, &record, &err), 0);
    assert_calls("take; step return; step lease-back; lease-back; back");
    assert_string_equal(written_turn, "done");
    machine_in_hand("k8s-n1");
    record_text = RECORD("k8s-n1", "return-done", "RUNNING");
    assert_int_equal(rollout_once(&agent, &record, &err), 0);
    assert_calls("take; step return; back");
    machine_in_hand("k8s-n1"); /* its agent alone ended: all steps again */
    own_boot = OTHER_BOOT;
    record_text = RECORD("k8s-n1", "drain-done", "RUNNING");
    assert_int_equal(rollout_once(&agent, &record, &err), -1);
    assert_calls("take; step drain; step reboot; reboot; fail SR-MAINTENANCE");
}

/* --- who drains it --- */

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
        cmocka_unit_test_teardown(it_leaves_when_it_is_drained, forget_machine),
        cmocka_unit_test_teardown(it_stays_when_the_drain_failed_or_the_slot_is_gone, forget_machine),
        cmocka_unit_test_teardown(a_master_that_etcd_needs_stays, forget_machine),
        cmocka_unit_test_teardown(aborted_before_its_reboot_it_stays, forget_machine),
        cmocka_unit_test_teardown(a_cordon_is_not_left_when_no_order_is_open, forget_machine),
        cmocka_unit_test_teardown(a_seed_that_forgot_its_turn_is_told, forget_machine),
        cmocka_unit_test_teardown(nothing_begins_while_another_master_is_away, forget_machine),
        cmocka_unit_test_teardown(another_boot_id_means_that_it_is_back, forget_machine),
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
