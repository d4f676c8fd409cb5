/* SPDX-License-Identifier: Apache-2.0
 * The maintenance record: an upgrade, which all machines hold before the first one begins, and whose end is another
 * release. */
#include "maintenance.h"

static enum maintenance_answer upgrade(const char *const *machines, size_t n, const char *target) {
    return APPLY(.type = MAINTENANCE_OPEN, .kind = MAINTENANCE_UPGRADE, .machines = machines, .n_machines = n,
                 .target = target, .now_ms = 1000);
}
static enum maintenance_answer says(enum maintenance_event_type type, const char *hostname, const char *step) {
    return APPLY(.type = type, .kind = MAINTENANCE_UPGRADE, .hostname = hostname, .token = record.token, .step = step,
                 .boot = "b-1", .target = "v1.37.2", .now_ms = 2000);
}
static void held_by(size_t n) {
    for (size_t i = 0; i < n; i++)
        assert_int_equal(says(MAINTENANCE_HELD, masters[i], NULL), MAINTENANCE_GRANTED);
}
static void goes_through(const char *hostname) {
    assert_int_equal(says(MAINTENANCE_TAKE, hostname, NULL), MAINTENANCE_GRANTED);
    assert_int_equal(says(MAINTENANCE_STEP, hostname, "kubeadm"), MAINTENANCE_GRANTED);
    assert_false(maintenance_has_moved(&record, hostname));
    assert_int_equal(says(MAINTENANCE_STEP, hostname, MAINTENANCE_MOVES), MAINTENANCE_GRANTED);
    assert_true(maintenance_has_moved(&record, hostname));
    assert_int_equal(says(MAINTENANCE_STEP, hostname, "return"), MAINTENANCE_GRANTED);
    assert_int_equal(says(MAINTENANCE_BACK, hostname, NULL), MAINTENANCE_GRANTED);
}

static void nobody_begins_before_all_hold_it(void **state) {
    (void)state;
    assert_int_equal(upgrade(masters, 3, NULL), MAINTENANCE_INVALID);
    assert_int_equal(says(MAINTENANCE_HELD, "k8s-m1", NULL), MAINTENANCE_NO_ORDER);
    assert_int_equal(says(MAINTENANCE_TAKE, "k8s-m1", NULL), MAINTENANCE_NO_ORDER); /* never by itself */
    assert_int_equal(upgrade(masters, 3, "v1.37.2"), MAINTENANCE_GRANTED);
    held_by(2);
    assert_int_equal(says(MAINTENANCE_HELD, "k8s-n9", NULL), MAINTENANCE_NOT_TURN);
    assert_int_equal(says(MAINTENANCE_TAKE, "k8s-m1", NULL), MAINTENANCE_NOT_TURN);
    APPLY(.type = MAINTENANCE_EXPIRE, .now_ms = 1000 + MAINTENANCE_LIMIT_MS);
    assert_string_equal(record.message, "k8s-m3 does not hold release v1.37.2 30 minutes after the order");
    assert_string_equal(record.code, "SR-MAINTENANCE-LATE");
    act(MAINTENANCE_RESUME);
    int64_t version = record.version;
    held_by(3);
    assert_int_equal(record.version, version + 1); /* two had said so */
    assert_int_equal(says(MAINTENANCE_TAKE, "k8s-m1", NULL), MAINTENANCE_GRANTED);
    assert_int_equal(says(MAINTENANCE_HELD, "k8s-m1", NULL), MAINTENANCE_GRANTED); /* late on the network */
}

static void its_end_is_another_release(void **state) {
    (void)state;
    upgrade(masters, 3, "v1.37.2");
    held_by(3);
    for (size_t i = 0; i < 3; i++) {
        struct maintenance before = record;
        assert_int_equal(record.n_moved, i);
        goes_through(masters[i]);
        assert_int_equal(maintenance_upgraded(&before, &record), i == 2);
    }
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_string_equal(record.target, "");
    assert_int_equal(record.n_moved, 0);

    upgrade(masters, 1, "v1.37.2");
    held_by(1);
    says(MAINTENANCE_TAKE, "k8s-m1", NULL);
    says(MAINTENANCE_STEP, "k8s-m1", MAINTENANCE_MOVES);
    struct maintenance before = record;
    says(MAINTENANCE_BACK, "k8s-m1", NULL);
    assert_true(maintenance_upgraded(&before, &record)); /* the last one is back */
}

static void what_was_ended_early_goes_on(void **state) {
    (void)state;
    upgrade(masters, 3, "v1.37.2");
    held_by(3);
    goes_through("k8s-m1");
    act(MAINTENANCE_ABORT);
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_string_equal(record.target, "v1.37.2"); /* some machine boots it */
    assert_true(maintenance_has_moved(&record, "k8s-m1"));
    take("k8s-m3", 5000); /* a renewal in between changes nothing of it */
    speak(MAINTENANCE_BACK, "k8s-m3", record.token);
    assert_string_equal(record.target, "v1.37.2");
    assert_int_equal(upgrade(masters + 1, 2, "v1.38.0"), MAINTENANCE_INVALID); /* one after the other */
    assert_int_equal(upgrade(masters + 1, 2, "v1.37.2"), MAINTENANCE_GRANTED);
    for (size_t i = 1; i < 3; i++)
        says(MAINTENANCE_HELD, masters[i], NULL);
    goes_through("k8s-m2");
    goes_through("k8s-m3");
    assert_string_equal(record.target, "");

    upgrade(masters, 3, "v1.37.2"); /* nobody had begun */
    act(MAINTENANCE_ABORT);
    assert_string_equal(record.target, "");
}

static void one_that_was_left_out_keeps_it_open(void **state) {
    (void)state;
    upgrade(masters, 2, "v1.37.2");
    held_by(2);
    goes_through("k8s-m1");
    says(MAINTENANCE_TAKE, "k8s-m2", NULL);
    assert_int_equal(APPLY(.type = MAINTENANCE_FORCE, .hostname = "k8s-m2"), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_string_equal(record.target, "v1.37.2");
    assert_false(maintenance_has_moved(&record, "k8s-m2"));
    assert_int_equal(APPLY(.type = MAINTENANCE_ANEW), MAINTENANCE_GRANTED); /* another cluster */
    assert_string_equal(record.target, "");
    assert_int_equal(record.n_moved, 0);
    assert_int_equal(record.token, 2);
}

/* kubeadm has changed the cluster's configuration and some manifests by then. */
static void what_kubeadm_began_is_not_forgotten(void **state) {
    (void)state;
    upgrade(masters, 3, "v1.37.2");
    held_by(3);
    says(MAINTENANCE_TAKE, "k8s-m1", NULL);
    says(MAINTENANCE_STEP, "k8s-m1", MAINTENANCE_BEGINS);
    act(MAINTENANCE_ABORT);
    APPLY(.type = MAINTENANCE_FORCE, .hostname = "k8s-m1");
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_int_equal(record.n_moved, 0);
    assert_string_equal(record.target, "v1.37.2");
    assert_int_equal(upgrade(masters, 3, "v1.38.0"), MAINTENANCE_INVALID);
    assert_int_equal(upgrade(masters, 3, "v1.37.2"), MAINTENANCE_GRANTED);
    assert_int_equal(APPLY(.type = MAINTENANCE_WHOLE), MAINTENANCE_BUSY);
    act(MAINTENANCE_ABORT);
    assert_int_equal(APPLY(.type = MAINTENANCE_WHOLE), MAINTENANCE_GRANTED); /* who was left was retired */
    assert_string_equal(record.target, "");
}

static void the_word_of_an_order_before_does_not_count(void **state) {
    (void)state;
    upgrade(masters, 2, "v1.37.2");
    assert_int_equal(APPLY(.type = MAINTENANCE_HELD, .hostname = "k8s-m1", .target = "v1.37.1"), MAINTENANCE_NOT_TURN);
    assert_int_equal(APPLY(.type = MAINTENANCE_HELD, .hostname = "k8s-m1"), MAINTENANCE_NOT_TURN);
    assert_false(record.held[0]);
}

/* Who else has moved is not known to it. */
static void a_restored_record_does_not_end_the_upgrade(void **state) {
    (void)state;
    assert_int_equal(APPLY(.type = MAINTENANCE_WITNESS, .kind = MAINTENANCE_UPGRADE, .hostname = "k8s-m2", .token = 9,
                           .in_hand = true, .target = "v1.37.2", .now_ms = 1000),
                     MAINTENANCE_GRANTED);
    assert_string_equal(record.target, "v1.37.2");
    act(MAINTENANCE_RESUME);
    assert_int_equal(says(MAINTENANCE_STEP, "k8s-m2", MAINTENANCE_MOVES), MAINTENANCE_GRANTED);
    assert_int_equal(says(MAINTENANCE_BACK, "k8s-m2", NULL), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_string_equal(record.target, "v1.37.2");
    assert_true(maintenance_has_moved(&record, "k8s-m2"));
    record = maintenance_initial(); /* of an agent that does not say where it led */
    APPLY(.type = MAINTENANCE_WITNESS, .kind = MAINTENANCE_UPGRADE, .hostname = "k8s-m2", .token = 9, .in_hand = true);
    act(MAINTENANCE_RESUME);
    says(MAINTENANCE_STEP, "k8s-m2", MAINTENANCE_MOVES);
    assert_int_equal(record.n_moved, 0);
}

static void a_stored_upgrade_is_read_again(void **state) {
    (void)state;
    cleanup_buf struct buf text = BUF_INIT(MAINTENANCE_JSON_MAX);
    struct maintenance read;
    struct error err = {0};
    upgrade(masters, 3, "v1.37.2");
    held_by(3);
    goes_through("k8s-m1");
    maintenance_json(&record, &text);
    static const struct {
        const char *name, *value;
    } rows[] = {{"target", "\"1.37\""}, {"moved", "[\"a b\"]"}, {"moved", "5"}, {"held", "[\"k8s-m1\"]"}};
    cleanup_json cJSON *good = cJSON_Parse(buf_text(&text));
    assert_int_equal(maintenance_parse(good, &read, &err), 0);
    cleanup_buf struct buf again = BUF_INIT(MAINTENANCE_JSON_MAX);
    maintenance_json(&read, &again);
    assert_string_equal(buf_text(&again), buf_text(&text));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_json cJSON *tree = cJSON_Parse(buf_text(&text));
        cJSON_ReplaceItemInObjectCaseSensitive(tree, rows[i].name, cJSON_Parse(rows[i].value));
        if (maintenance_parse(tree, &read, &err) == 0)
            fail_msg("%s: %s is taken", rows[i].name, rows[i].value);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nobody_begins_before_all_hold_it, fresh),
        cmocka_unit_test_setup(its_end_is_another_release, fresh),
        cmocka_unit_test_setup(what_was_ended_early_goes_on, fresh),
        cmocka_unit_test_setup(one_that_was_left_out_keeps_it_open, fresh),
        cmocka_unit_test_setup(what_kubeadm_began_is_not_forgotten, fresh),
        cmocka_unit_test_setup(the_word_of_an_order_before_does_not_count, fresh),
        cmocka_unit_test_setup(a_restored_record_does_not_end_the_upgrade, fresh),
        cmocka_unit_test_setup(a_stored_upgrade_is_read_again, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
