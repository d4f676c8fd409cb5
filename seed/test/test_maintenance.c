/* SPDX-License-Identifier: Apache-2.0
 * The maintenance record: every answer, one machine at a time whatever happens in between, and the text that is stored.
 */
#include "maintenance.h"

#include "record/record.h"
#include <stdlib.h>

static void an_order_goes_from_machine_to_machine(void **state) {
    (void)state;
    assert_int_equal(open_order(masters, 3), MAINTENANCE_GRANTED);
    assert_int_equal(open_order(masters, 3), MAINTENANCE_BUSY);
    assert_int_equal(take("k8s-m2", 1000), MAINTENANCE_NOT_TURN);
    assert_int_equal(take("k8s-m1", 1000), MAINTENANCE_GRANTED);
    assert_int_equal(record.token, 1);
    assert_int_equal(take("k8s-m2", 1000), MAINTENANCE_BUSY);
    int64_t version = record.version;
    assert_int_equal(take("k8s-m1", 1500), MAINTENANCE_GRANTED); /* its answer was lost */
    assert_int_equal(record.version, version);
    assert_int_equal(speak(MAINTENANCE_STEP, "k8s-m1", 1), MAINTENANCE_GRANTED);
    assert_string_equal(record.step, "etcd");
    assert_int_equal(record.since_ms, 2000);
    assert_int_equal(record.begun_ms, 1000);
    assert_int_equal(speak(MAINTENANCE_BACK, "k8s-m2", 1), MAINTENANCE_NOT_HOLDER);
    assert_int_equal(speak(MAINTENANCE_BACK, "k8s-m1", 1), MAINTENANCE_GRANTED);
    assert_int_equal(speak(MAINTENANCE_STEP, "k8s-m1", 1), MAINTENANCE_NOT_HOLDER); /* late on the network */
    assert_int_equal(take("k8s-m1", 1000), MAINTENANCE_NOT_TURN);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(take(masters[i], 1000), MAINTENANCE_GRANTED);
        assert_int_equal(record.state, MAINTENANCE_RUNNING);
        assert_int_equal(speak(MAINTENANCE_BACK, masters[i], 1 + (int64_t)i), MAINTENANCE_GRANTED);
    }
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_int_equal(record.token, 3);
}

static void a_machine_may_ask_by_itself(void **state) {
    (void)state;
    assert_int_equal(take("k8s-m2", 1000), MAINTENANCE_GRANTED);
    assert_int_equal(take("k8s-m3", 1000), MAINTENANCE_BUSY);
    assert_int_equal(open_order(masters, 3), MAINTENANCE_BUSY);
    assert_int_equal(speak(MAINTENANCE_BACK, "k8s-m2", 1), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_int_equal(take("k8s-m3", 1000), MAINTENANCE_GRANTED);
    assert_int_equal(record.token, 2);
}

static void what_was_said_in_an_earlier_turn_does_not_count(void **state) {
    (void)state;
    take("k8s-m1", 1000);
    speak(MAINTENANCE_BACK, "k8s-m1", 1);
    take("k8s-m1", 1000);
    assert_int_equal(speak(MAINTENANCE_BACK, "k8s-m1", 1), MAINTENANCE_NOT_HOLDER);
    assert_int_equal(speak(MAINTENANCE_FAIL, "k8s-m1", 1), MAINTENANCE_NOT_HOLDER);
    assert_int_equal(take("k8s-m2", 1000), MAINTENANCE_BUSY);
}

static void what_fails_halts_and_nobody_else_begins(void **state) {
    (void)state;
    open_order(masters, 3);
    take("k8s-m1", 1000);
    assert_int_equal(speak(MAINTENANCE_FAIL, "k8s-m1", 1), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_HALTED);
    assert_string_equal(record.code, "SR-MAINTENANCE");
    assert_int_equal(speak(MAINTENANCE_STEP, "k8s-m1", 1), MAINTENANCE_STOPPED);
    assert_int_equal(take("k8s-m1", 1000), MAINTENANCE_STOPPED); /* it does not try again by itself */
    assert_int_equal(take("k8s-m2", 1000), MAINTENANCE_STOPPED);
    assert_int_equal(act(MAINTENANCE_PAUSE), MAINTENANCE_NO_ORDER);
    assert_int_equal(act(MAINTENANCE_RESUME), MAINTENANCE_GRANTED);
    assert_string_equal(record.message, "");
    assert_int_equal(take("k8s-m2", 1000), MAINTENANCE_BUSY);
    assert_int_equal(take("k8s-m1", 1000), MAINTENANCE_GRANTED);
    assert_int_equal(record.token, 1);
}

static void one_that_is_not_back_in_time_halts(void **state) {
    (void)state;
    open_order(masters, 3);
    take("k8s-m1", 1000);
    assert_int_equal(APPLY(.type = MAINTENANCE_EXPIRE, .now_ms = 1000 + MAINTENANCE_LIMIT_MS - 1), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_RUNNING);
    assert_int_equal(APPLY(.type = MAINTENANCE_EXPIRE, .now_ms = 1000 + MAINTENANCE_LIMIT_MS), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_HALTED);
    assert_string_equal(record.message, "k8s-m1 is not back 30 minutes after it began; its last step: begun");
    assert_int_equal(speak(MAINTENANCE_BACK, "k8s-m1", 1), MAINTENANCE_GRANTED); /* late, and whole */
    assert_int_equal(take("k8s-m2", 1000), MAINTENANCE_STOPPED);                 /* the operator looks first */
    assert_int_equal(act(MAINTENANCE_RESUME), MAINTENANCE_GRANTED);
    assert_int_equal(take("k8s-m2", 1000), MAINTENANCE_GRANTED);
}

static void the_sites_times_come_on_top(void **state) {
    (void)state;
    APPLY(.type = MAINTENANCE_OPEN, .machines = masters, .n_machines = 1, .soak_s = 3600, .drain_s = 1200);
    take("k8s-m1", 1000);
    assert_int_equal(maintenance_left_ms(&record, 1000), MAINTENANCE_LIMIT_MS + 4800 * 1000);
    APPLY(.type = MAINTENANCE_EXPIRE, .now_ms = 1000 + MAINTENANCE_LIMIT_MS + 4800 * 1000);
    assert_string_equal(record.message, "k8s-m1 is not back 110 minutes after it began; its last step: begun");
}

static void one_whose_turn_nobody_takes_halts(void **state) {
    (void)state;
    APPLY(.type = MAINTENANCE_OPEN, .machines = masters, .n_machines = 2, .now_ms = 5000);
    assert_int_equal(maintenance_left_ms(&record, 5000), MAINTENANCE_LIMIT_MS);
    act(MAINTENANCE_PAUSE);
    assert_int_equal(maintenance_left_ms(&record, 5000), -1);
    APPLY(.type = MAINTENANCE_RESUME, .now_ms = 7000);
    APPLY(.type = MAINTENANCE_EXPIRE, .now_ms = 7000 + MAINTENANCE_LIMIT_MS - 1);
    assert_int_equal(record.state, MAINTENANCE_RUNNING);
    APPLY(.type = MAINTENANCE_EXPIRE, .now_ms = 7000 + MAINTENANCE_LIMIT_MS);
    assert_int_equal(record.state, MAINTENANCE_HALTED);
    assert_string_equal(record.message, "k8s-m1 has not begun 30 minutes after its turn came");
    APPLY(.type = MAINTENANCE_RESUME, .now_ms = 9000);
    APPLY(.type = MAINTENANCE_EXPIRE, .now_ms = 9000 + MAINTENANCE_LIMIT_MS, .message = "etcd member k8s-m3 is away");
    assert_string_equal(record.message,
                        "k8s-m1 has not begun 30 minutes after its turn came; it said: etcd member k8s-m3 "
                        "is away");
    APPLY(.type = MAINTENANCE_RESUME, .now_ms = 9000);
    take("k8s-m1", 9000);
    APPLY(.type = MAINTENANCE_BACK, .hostname = "k8s-m1", .token = 1, .now_ms = 20000);
    assert_int_equal(maintenance_left_ms(&record, 20000), MAINTENANCE_LIMIT_MS);
    record.begun_ms = 0; /* of the version before */
    assert_int_equal(maintenance_left_ms(&record, 20000), -1);
}

static enum maintenance_answer helped(const char *step, int64_t token) {
    return APPLY(.type = MAINTENANCE_HELPED, .hostname = "k8s-m3", .helper = true, .token = token, .step = step,
                 .now_ms = 2500);
}

static void another_master_may_do_a_step_for_the_holder(void **state) {
    (void)state;
    static const char *const order[] = {"k8s-n1"};
    assert_int_equal(APPLY(.type = MAINTENANCE_TAKE, .kind = MAINTENANCE_ROLLOUT, .hostname = "k8s-m1"),
                     MAINTENANCE_NO_ORDER); /* nobody reboots by himself */
    APPLY(.type = MAINTENANCE_OPEN, .kind = MAINTENANCE_ROLLOUT, .machines = order, .n_machines = 1, .soak_s = 5,
          .drain_s = 60);
    assert_int_equal(helped("drain", 0), MAINTENANCE_NOT_HOLDER); /* nobody has the slot */
    APPLY(.type = MAINTENANCE_TAKE, .kind = MAINTENANCE_ROLLOUT, .hostname = "k8s-n1", .boot = "b-1", .soak_s = 99);
    assert_string_equal(record.boot, "b-1");
    assert_int_equal(record.soak_s, 5);                           /* as the order began */
    assert_int_equal(helped("drain", 1), MAINTENANCE_NOT_HOLDER); /* it has not asked yet */
    APPLY(.type = MAINTENANCE_STEP, .hostname = "k8s-n1", .token = 1, .step = "drain");
    assert_int_equal(helped("drain", 0), MAINTENANCE_NOT_HOLDER);
    assert_int_equal(helped("drain", 1), MAINTENANCE_GRANTED);
    assert_string_equal(record.step, "drain-done");
    assert_int_equal(helped("drain", 1), MAINTENANCE_GRANTED); /* said again */
    APPLY(.type = MAINTENANCE_STEP, .hostname = "k8s-n1", .token = 1, .step = "reboot");
    assert_int_equal(helped("drain", 1), MAINTENANCE_NOT_HOLDER); /* late on the network */
    assert_int_equal(helped("a-step-with-a-name-that-is-long", 1), MAINTENANCE_INVALID);
    APPLY(.type = MAINTENANCE_TAKE, .kind = MAINTENANCE_ROLLOUT, .hostname = "k8s-n1", .boot = "b-2");
    assert_string_equal(record.boot, "b-1"); /* of the boot that asked first: so it knows that it rebooted */
    assert_int_equal(
        APPLY(.type = MAINTENANCE_FAIL, .hostname = "k8s-n2", .token = 1, .code = "SR-DRAIN", .message = "no"),
        MAINTENANCE_NOT_HOLDER); /* no master */
    assert_int_equal(APPLY(.type = MAINTENANCE_FAIL, .hostname = "k8s-m3", .helper = true, .token = 1, .step = "drain",
                           .code = "SR-DRAIN", .message = "late"),
                     MAINTENANCE_NOT_HOLDER); /* of the step before */
    assert_int_equal(APPLY(.type = MAINTENANCE_FAIL, .hostname = "k8s-m3", .helper = true, .token = 1, .step = "reboot",
                           .code = "SR-DRAIN", .message = "a pod stays"),
                     MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_HALTED);
    assert_int_equal(helped("reboot", 1), MAINTENANCE_NOT_HOLDER);
    assert_int_equal(APPLY(.type = MAINTENANCE_BACK, .hostname = "k8s-m3", .helper = true, .token = 1),
                     MAINTENANCE_NOT_HOLDER); /* only the holder is back */
}

static enum maintenance_answer remembers(const char *hostname, int64_t token, bool in_hand) {
    return APPLY(.type = MAINTENANCE_WITNESS, .kind = MAINTENANCE_ROLLOUT, .hostname = hostname, .token = token,
                 .in_hand = in_hand, .boot = "b-1", .now_ms = 4000);
}

static void who_remembers_a_later_turn_is_believed(void **state) {
    (void)state;
    assert_int_equal(remembers("k8s-m2", 0, true), MAINTENANCE_GRANTED);
    assert_int_equal(record.version, 1);
    assert_int_equal(remembers("k8s-m1", RECORD_SEEN_MAX + 1, false), MAINTENANCE_INVALID);
    open_order(masters, 3); /* of another kind than that which it remembers */
    remembers("k8s-m2", 1, true);
    assert_int_equal(record.n_waiting, 0);
    assert_int_equal(record.kind, MAINTENANCE_ROLLOUT);
    record = maintenance_initial();
    assert_int_equal(remembers("k8s-m1", 4, false), MAINTENANCE_GRANTED); /* it gave the slot back */
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_int_equal(remembers("k8s-m2", 5, true), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_HALTED);
    assert_string_equal(record.holder, "k8s-m2");
    assert_string_equal(record.boot, "b-1");
    assert_string_equal(record.code, "SR-MAINTENANCE-OLD");
    assert_int_equal(record.token, 5);
    assert_int_equal(take("k8s-m3", 5000), MAINTENANCE_STOPPED);
    int64_t version = record.version;
    assert_int_equal(remembers("k8s-m2", 5, true), MAINTENANCE_GRANTED); /* once more */
    assert_int_equal(record.version, version);
    act(MAINTENANCE_RESUME);
    assert_int_equal(APPLY(.type = MAINTENANCE_TAKE, .kind = MAINTENANCE_ROLLOUT, .hostname = "k8s-m2"),
                     MAINTENANCE_GRANTED);
    assert_int_equal(remembers("k8s-m3", 9, true), MAINTENANCE_GRANTED); /* two at once: a person must look */
    assert_string_equal(record.holder, "k8s-m2");
    assert_string_equal(record.message, "the seed was restored from an old backup: k8s-m3 remembers turn 9 and was in "
                                        "hand, and k8s-m2 is, too");
    assert_int_equal(speak(MAINTENANCE_BACK, "k8s-m2", 9), MAINTENANCE_GRANTED);
}

static void the_operator_pauses_aborts_and_forces(void **state) {
    (void)state;
    assert_int_equal(act(MAINTENANCE_PAUSE), MAINTENANCE_NO_ORDER);
    assert_int_equal(act(MAINTENANCE_ABORT), MAINTENANCE_NO_ORDER);
    open_order(masters, 3);
    take("k8s-m1", 1000);
    assert_int_equal(act(MAINTENANCE_PAUSE), MAINTENANCE_GRANTED);
    assert_int_equal(speak(MAINTENANCE_STEP, "k8s-m1", 1), MAINTENANCE_GRANTED); /* the machine in hand goes on */
    assert_int_equal(speak(MAINTENANCE_BACK, "k8s-m1", 1), MAINTENANCE_GRANTED);
    assert_int_equal(take("k8s-m2", 1000), MAINTENANCE_STOPPED);
    act(MAINTENANCE_RESUME);
    take("k8s-m2", 1000);
    assert_int_equal(act(MAINTENANCE_ABORT), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_RUNNING); /* until it is back */
    assert_int_equal(record.n_waiting, 0);
    assert_true(record.aborted);
    speak(MAINTENANCE_FAIL, "k8s-m2", 2);
    assert_int_equal(act(MAINTENANCE_ABORT), MAINTENANCE_GRANTED); /* it failed, and tries to come to an end */
    assert_int_equal(record.state, MAINTENANCE_RUNNING);
    assert_string_equal(record.code, "");
    assert_int_equal(APPLY(.type = MAINTENANCE_FORCE, .hostname = "k8s-m1"), MAINTENANCE_NOT_HOLDER);
    assert_int_equal(APPLY(.type = MAINTENANCE_FORCE, .hostname = "k8s-m2"), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_int_equal(speak(MAINTENANCE_BACK, "k8s-m2", 2), MAINTENANCE_NOT_HOLDER);
    open_order(masters, 3);
    assert_int_equal(act(MAINTENANCE_ABORT), MAINTENANCE_GRANTED); /* nobody had begun */
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_false(record.aborted);
}

static void an_order_without_sense_is_refused(void **state) {
    (void)state;
    static const char *const twice[] = {"k8s-m1", "k8s-m1"}, *const bad[] = {"</b>"};
    static const char *many[MAINTENANCE_MACHINES_MAX + 1];
    assert_int_equal(open_order(masters, 0), MAINTENANCE_INVALID);
    assert_int_equal(open_order(twice, 2), MAINTENANCE_INVALID);
    assert_int_equal(open_order(bad, 1), MAINTENANCE_INVALID);
    assert_int_equal(open_order(many, MAINTENANCE_MACHINES_MAX + 1), MAINTENANCE_INVALID);
    assert_int_equal(record.version, 1);
    record.token = RECORD_NUMBER_MAX;
    assert_int_equal(take("k8s-m1", 0), MAINTENANCE_INVALID); /* no number twice */
}

/* Whatever happens: a token is given once, a record without an order has no machine, and its text is itself. */
static void every_record_can_be_stored(void **state) {
    (void)state;
    srand(1);
    int64_t given = 0;
    for (int i = 0; i < 20000; i++) {
        struct maintenance before = record;
        const char *hostname = masters[rand() % 3];
        struct maintenance_event event = {
            .type = (enum maintenance_event_type)(rand() % MAINTENANCE_EVENTS),
            .hostname = hostname,
            .token = record.token + rand() % 3 - 1,
            .in_hand = rand() % 2,
            .kind = (enum maintenance_kind)(rand() % MAINTENANCE_KINDS),
            .helper = rand() % 2,
            .boot = rand() % 2 ? "b-1" : NULL,
            .soak_s = 5,
            .step = i % 3 == 0   ? "soak"
                    : i % 3 == 1 ? MAINTENANCE_MOVES
                                 : maintenance_retire_steps[rand() % n_maintenance_retire_steps].name,
            .off = rand() % 2,
            .target = rand() % 4 ? "v1.37.2" : NULL,
            .code = "SR-MAINTENANCE",
            .message = "a\tword",
            .machines = masters,
            .n_machines = (size_t)(rand() % 4),
            .now_ms = rand() % (3 * MAINTENANCE_LIMIT_MS)};
        enum maintenance_answer answer = maintenance_next(&record, &event, &record);
        assert_true(answer == MAINTENANCE_GRANTED || !memcmp(&before, &record, sizeof(before)));
        bool told = event.type == MAINTENANCE_WITNESS && record.token == event.token && record.token > given;
        bool turn = record.kind == MAINTENANCE_RETIRE && !strcmp(record.step, "data") && record.token == given + 1 &&
                    record.since_ms == event.now_ms; /* the next one's, which does not ask */
        assert_true(record.token == given || told || turn ||
                    (event.type == MAINTENANCE_TAKE && record.token == given + 1));
        assert_true(record.token == given || told || turn || !before.holder[0]); /* nobody had it */
        given = record.token;
        assert_int_equal(record.state == MAINTENANCE_CLOSED, !record.holder[0] && record.n_waiting == 0);
        cleanup_buf struct buf text = BUF_INIT(MAINTENANCE_JSON_MAX), again = BUF_INIT(MAINTENANCE_JSON_MAX);
        struct maintenance read;
        struct error err = {0};
        maintenance_json(&record, &text);
        cleanup_json cJSON *tree = cJSON_Parse(buf_text(&text));
        assert_int_equal(maintenance_parse(tree, &read, &err), 0);
        maintenance_json(&read, &again);
        assert_string_equal(buf_text(&text), buf_text(&again));
    }
    assert_true(given > 100);
}

static void a_stored_text_without_sense_is_refused(void **state) {
    (void)state;
    open_order(masters, 2);
    take("k8s-m1", 1000);
    cleanup_buf struct buf text = BUF_INIT(MAINTENANCE_JSON_MAX);
    maintenance_json(&record, &text);
    static const struct {
        const char *name;
        const char *value;
    } rows[] = {{"version", "-1"},     {"version", "1.5"},        {"token", "0"},
                {"token", "\"1\""},    {"state", "\"IDLE\""},     {"state", "\"CLOSED\""},
                {"kind", "\"dance\""}, {"holder", "\"a b\""},     {"holder", "5"},
                {"waiting", "[5]"},    {"waiting", "[\"</b>\"]"}, {"waiting", "{}"},
                {"boot", "5"},         {"soak_s", "3601"},        {"drain_timeout_s", "-1"},
                {"step", "null"},      {"since_ms", "1e300"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct maintenance read;
        struct error err = {0};
        cleanup_json cJSON *tree = cJSON_Parse(buf_text(&text));
        cJSON_ReplaceItemInObjectCaseSensitive(tree, rows[i].name, cJSON_Parse(rows[i].value));
        if (maintenance_parse(tree, &read, &err) == 0)
            fail_msg("%s: %s is taken", rows[i].name, rows[i].value);
    }
}

/* Who reads the record later sees in which turn it was, whatever was ordered since. */
static void a_restore_leaves_its_turn(void **state) {
    (void)state;
    assert_int_equal(APPLY(.type = MAINTENANCE_OPEN, .kind = MAINTENANCE_RESTORE, .machines = masters, .n_machines = 1),
                     MAINTENANCE_GRANTED);
    assert_int_equal(APPLY(.type = MAINTENANCE_TAKE, .kind = MAINTENANCE_RESTORE, .hostname = "k8s-m2"),
                     MAINTENANCE_NOT_TURN);
    assert_int_equal(APPLY(.type = MAINTENANCE_TAKE, .kind = MAINTENANCE_RESTORE, .hostname = "k8s-m1"),
                     MAINTENANCE_GRANTED);
    assert_int_equal(record.restored, 0);
    assert_int_equal(speak(MAINTENANCE_FAIL, "k8s-m1", record.token), MAINTENANCE_GRANTED);
    assert_int_equal(act(MAINTENANCE_ABORT), MAINTENANCE_GRANTED); /* it has changed nothing: it does not try again */
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_int_equal(record.restored, 0);
    APPLY(.type = MAINTENANCE_OPEN, .kind = MAINTENANCE_RESTORE, .machines = masters, .n_machines = 1);
    APPLY(.type = MAINTENANCE_TAKE, .kind = MAINTENANCE_RESTORE, .hostname = "k8s-m1");
    int64_t token = record.token;
    assert_int_equal(APPLY(.type = MAINTENANCE_STEP, .hostname = "k8s-m1", .token = token, .step = "lay"),
                     MAINTENANCE_GRANTED);
    assert_true(record.laid);
    assert_int_equal(record.restored, token);
    APPLY(.type = MAINTENANCE_WITNESS, .hostname = "k8s-n1", .token = token + 30); /* the numbers go up meanwhile */
    assert_int_equal(record.restored, token);
    token = record.token;
    speak(MAINTENANCE_FAIL, "k8s-m1", token);
    assert_int_equal(act(MAINTENANCE_ABORT), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_RUNNING); /* from there on it goes on to its end */
    assert_int_equal(speak(MAINTENANCE_BACK, "k8s-m1", token), MAINTENANCE_GRANTED);
    assert_int_equal(record.state, MAINTENANCE_CLOSED);
    assert_false(record.laid);
    token = record.restored;
    assert_int_equal(token, record.token - 30);
    assert_int_equal(open_order(masters, 1), MAINTENANCE_GRANTED);
    assert_int_equal(take("k8s-m1", 1), MAINTENANCE_GRANTED);
    assert_int_equal(speak(MAINTENANCE_BACK, "k8s-m1", record.token), MAINTENANCE_GRANTED);
    assert_int_equal(record.restored, token);
    cleanup_buf struct buf text = BUF_INIT(4096);
    cleanup_json cJSON *tree = NULL;
    struct maintenance again;
    struct error err = {0};
    maintenance_json(&record, &text);
    assert_int_equal(json_parse(buf_text(&text), text.length, &tree, &err), 0);
    assert_int_equal(maintenance_parse(tree, &again, &err), 0);
    assert_int_equal(again.restored, token);
    assert_int_equal(APPLY(.type = MAINTENANCE_OPEN, .kind = MAINTENANCE_RESTORE, .machines = masters, .n_machines = 1),
                     MAINTENANCE_GRANTED);
    act(MAINTENANCE_ABORT); /* nobody had begun */
    assert_int_equal(record.restored, token);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_restore_leaves_its_turn, fresh),
        cmocka_unit_test_setup(an_order_goes_from_machine_to_machine, fresh),
        cmocka_unit_test_setup(a_machine_may_ask_by_itself, fresh),
        cmocka_unit_test_setup(what_was_said_in_an_earlier_turn_does_not_count, fresh),
        cmocka_unit_test_setup(what_fails_halts_and_nobody_else_begins, fresh),
        cmocka_unit_test_setup(one_that_is_not_back_in_time_halts, fresh),
        cmocka_unit_test_setup(the_sites_times_come_on_top, fresh),
        cmocka_unit_test_setup(one_whose_turn_nobody_takes_halts, fresh),
        cmocka_unit_test_setup(another_master_may_do_a_step_for_the_holder, fresh),
        cmocka_unit_test_setup(who_remembers_a_later_turn_is_believed, fresh),
        cmocka_unit_test_setup(the_operator_pauses_aborts_and_forces, fresh),
        cmocka_unit_test_setup(an_order_without_sense_is_refused, fresh),
        cmocka_unit_test_setup(every_record_can_be_stored, fresh),
        cmocka_unit_test_setup(a_stored_text_without_sense_is_refused, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
