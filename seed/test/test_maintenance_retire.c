/* SPDX-License-Identifier: Apache-2.0
 * The maintenance record: machines that leave the cluster for good. */
#include "maintenance.h"

static enum maintenance_answer retire(size_t n, bool off) {
    return APPLY(.type = MAINTENANCE_OPEN, .kind = MAINTENANCE_RETIRE, .machines = masters, .n_machines = n, .off = off,
                 .now_ms = 1000);
}
static enum maintenance_answer did(const char *speaker, const char *step, bool master) {
    return APPLY(.type = MAINTENANCE_HELPED, .hostname = speaker, .step = step, .token = record.token, .helper = master,
                 .now_ms = 2000);
}

static void one_that_is_retired_goes_from_step_to_step(void **state) {
    (void)state;
    static const struct {
        const char *step, *speaker;
    } rows[] = {{"data", "k8s-m3"}, {"drain", "k8s-m3"}, {"stop", "k8s-m1"}, {"member", "k8s-m2"},
                {"node", "k8s-m2"}, {"wipe", "k8s-m1"},  {"deny", "k8s-m3"}};
    assert_int_equal(retire(2, false), MAINTENANCE_GRANTED);
    assert_string_equal(record.holder, "k8s-m1"); /* without its word: it may be off */
    assert_int_equal(record.token, 1);
    assert_int_equal(speak(MAINTENANCE_BACK, "k8s-m1", 1), MAINTENANCE_NO_ORDER);
    assert_int_equal(speak(MAINTENANCE_STEP, "k8s-m1", 1), MAINTENANCE_NO_ORDER);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool own = !strcmp(rows[i].speaker, "k8s-m1");
        assert_string_equal(record.step, rows[i].step);
        assert_int_equal(did(own ? "k8s-m2" : "k8s-m1", rows[i].step, true),
                         MAINTENANCE_NOT_HOLDER); /* another's work */
        if (!own)
            assert_int_equal(did("k8s-n1", rows[i].step, false), MAINTENANCE_NOT_HOLDER); /* a worker does nobody's */
        if (i + 1 < sizeof(rows) / sizeof(rows[0]))
            assert_int_equal(did(rows[i + 1].speaker, rows[i + 1].step, true), MAINTENANCE_NOT_HOLDER); /* not yet */
        assert_int_equal(did(rows[i].speaker, rows[i].step, true), MAINTENANCE_GRANTED);
        int64_t version = record.version;
        if (i + 1 < sizeof(rows) / sizeof(rows[0])) {
            assert_int_equal(did(rows[i].speaker, rows[i].step, true), MAINTENANCE_GRANTED); /* its answer was lost */
            assert_int_equal(record.version, version);
        }
    }
    assert_string_equal(record.holder, "k8s-m2");
    assert_int_equal(record.token, 2);
    assert_string_equal(record.step, "data");
}

static void of_one_that_is_off_others_do_all(void **state) {
    (void)state;
    static const char *const steps[] = {"data", "drain", "member", "node", "deny"};
    assert_int_equal(retire(1, true), MAINTENANCE_GRANTED);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        assert_string_equal(record.step, steps[i]);
        assert_int_equal(did("k8s-m2", steps[i], true), MAINTENANCE_GRANTED);
    }
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_false(record.off);

    retire(2, false); /* it is off by now: the operator says so, of this one alone */
    did("k8s-m3", "data", true);
    assert_int_equal(APPLY(.type = MAINTENANCE_FAIL, .hostname = "k8s-m3", .helper = true, .step = "drain",
                           .token = record.token, .code = "SR-DRAIN", .message = "a budget"),
                     MAINTENANCE_GRANTED);
    assert_int_equal(APPLY(.type = MAINTENANCE_RESUME, .now_ms = 7000), MAINTENANCE_GRANTED);
    assert_int_equal(record.since_ms, 7000); /* it has its time again */
    did("k8s-m3", "drain", true);
    assert_string_equal(record.step, "stop");
    struct maintenance late = record;
    assert_int_equal(APPLY(.type = MAINTENANCE_EXPIRE, .now_ms = 7000 + MAINTENANCE_LIMIT_MS), MAINTENANCE_GRANTED);
    assert_string_equal(record.code, "SR-RETIRE-OFF");
    record = late;
    assert_int_equal(APPLY(.type = MAINTENANCE_FAIL, .hostname = "k8s-m2", .helper = true, .step = "stop",
                           .token = record.token, .code = "SR-RETIRE-OFF", .message = "off"),
                     MAINTENANCE_GRANTED);
    assert_int_equal(did("k8s-m1", "stop", true), MAINTENANCE_NOT_HOLDER); /* halted */
    assert_int_equal(APPLY(.type = MAINTENANCE_RESUME, .off = true, .lose_data = true, .now_ms = 3000),
                     MAINTENANCE_GRANTED);
    assert_string_equal(record.step, "member");
    assert_true(record.off && record.lose_this && !record.lose_data);
    for (size_t i = 2; i < sizeof(steps) / sizeof(steps[0]); i++)
        assert_int_equal(did("k8s-m3", steps[i], true), MAINTENANCE_GRANTED);
    assert_string_equal(record.holder, "k8s-m2");
    assert_false(record.off || record.lose_this);
}

static void a_retirement_ends_early_only_before_it_stops(void **state) {
    (void)state;
    retire(2, false);
    did("k8s-m3", "data", true);
    assert_int_equal(act(MAINTENANCE_ABORT), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    retire(2, false);
    did("k8s-m3", "data", true);
    did("k8s-m3", "drain", true);
    assert_int_equal(act(MAINTENANCE_ABORT), MAINTENANCE_GRANTED);
    assert_string_equal(record.holder, "k8s-m1"); /* the last one */
    assert_int_equal(record.n_waiting, 0);
    assert_int_equal(did("k8s-m1", "stop", true), MAINTENANCE_GRANTED);
    assert_int_equal(act(MAINTENANCE_PAUSE), MAINTENANCE_GRANTED);
    assert_int_equal(did("k8s-m3", "member", true), MAINTENANCE_GRANTED);
    assert_int_equal(APPLY(.type = MAINTENANCE_FORCE, .hostname = "k8s-m1", .now_ms = 3000), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_int_equal(APPLY(.type = MAINTENANCE_TAKE, .kind = MAINTENANCE_RETIRE, .hostname = "k8s-m1"),
                     MAINTENANCE_NO_ORDER); /* never by itself */
}

static void a_paused_order_retires_nobody_else(void **state) {
    (void)state;
    static const char *const steps[] = {"data", "drain", "member", "node", "deny"};
    APPLY(.type = MAINTENANCE_OPEN, .kind = MAINTENANCE_RETIRE, .machines = masters, .n_machines = 2, .off = true);
    act(MAINTENANCE_PAUSE);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        assert_int_equal(did("k8s-m3", steps[i], true), MAINTENANCE_GRANTED);
    assert_string_equal(record.holder, "");
    assert_int_equal(record.n_waiting, 1);
    assert_int_equal(act(MAINTENANCE_RESUME), MAINTENANCE_GRANTED);
    assert_string_equal(record.holder, "k8s-m2");
}

static void who_was_stopped_in_a_forgotten_turn_stays_so(void **state) {
    (void)state;
    assert_int_equal(APPLY(.type = MAINTENANCE_WITNESS, .kind = MAINTENANCE_RETIRE, .hostname = "k8s-m3", .token = 9,
                           .in_hand = true, .now_ms = 1000),
                     MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_HALTED);
    assert_string_equal(record.step, "stop");
    act(MAINTENANCE_RESUME);
    assert_int_equal(did("k8s-m3", "stop", true), MAINTENANCE_GRANTED);
    assert_string_equal(record.step, "member");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_that_is_retired_goes_from_step_to_step, fresh),
        cmocka_unit_test_setup(of_one_that_is_off_others_do_all, fresh),
        cmocka_unit_test_setup(a_retirement_ends_early_only_before_it_stops, fresh),
        cmocka_unit_test_setup(a_paused_order_retires_nobody_else, fresh),
        cmocka_unit_test_setup(who_was_stopped_in_a_forgotten_turn_stays_so, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
