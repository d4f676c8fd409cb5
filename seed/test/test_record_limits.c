/* SPDX-License-Identifier: Apache-2.0
 * record_next() at the ends of its ranges: numbers, names and hashes that no healthy machine sends. With test_lock.c
 * every branch of seed/record/record.c is taken. */
#include "record/record.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define HASH "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_NAME "m123456789012345678901234567890123456789012345678901234567890123456789"

static enum record_answer ask(struct bootstrap_record *record, struct record_event event) {
    return record_next(record, &event, record);
}

static void numbers_do_not_run_over(void **state) {
    (void)state;
    struct bootstrap_record last_token = {.version = 1, .epoch = 1, .token = RECORD_NUMBER_MAX},
                            last_epoch = {.version = 1, .epoch = RECORD_NUMBER_MAX};
    assert_int_equal(ask(&last_token, (struct record_event){.type = RECORD_RESERVE, .hostname = "m1"}), RECORD_INVALID);
    assert_int_equal(ask(&last_epoch, (struct record_event){.type = RECORD_REARM}), RECORD_INVALID);
    struct bootstrap_record last_version = {.version = RECORD_NUMBER_MAX, .epoch = 1};
    assert_int_equal(ask(&last_version, (struct record_event){.type = RECORD_RESERVE, .hostname = "m1"}),
                     RECORD_INVALID);
    assert_int_equal(last_version.version, RECORD_NUMBER_MAX);
    assert_int_equal(last_token.token, RECORD_NUMBER_MAX);
    assert_int_equal(last_epoch.epoch, RECORD_NUMBER_MAX);
}

static void names_are_bounded(void **state) {
    (void)state;
    struct bootstrap_record record = record_initial();
    assert_int_equal(ask(&record, (struct record_event){.type = RECORD_RESERVE, .hostname = ""}), RECORD_INVALID);
    assert_int_equal(ask(&record, (struct record_event){.type = RECORD_RESERVE, .hostname = LONG_NAME}),
                     RECORD_INVALID);
    assert_int_equal(ask(&record, (struct record_event){.type = RECORD_RESERVE, .hostname = "m\"1"}), RECORD_INVALID);
    assert_int_equal(record.state, RECORD_EMPTY);
}

static void witnesses_are_checked(void **state) {
    (void)state;
    static const struct record_event bad[] = {
        {.type = RECORD_WITNESS, .epoch = -1},
        {.type = RECORD_WITNESS, .epoch = RECORD_NUMBER_MAX + 1},
        {.type = RECORD_WITNESS, .epoch = 1, .token = -1},
        {.type = RECORD_WITNESS, .epoch = 1, .token = RECORD_NUMBER_MAX + 1},
        {.type = RECORD_WITNESS, .epoch = 1, .ca_hash = "sha256:a"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct bootstrap_record record = record_initial();
        assert_int_equal(ask(&record, bad[i]), RECORD_INVALID);
        assert_int_equal(record.state, RECORD_EMPTY);
    }
}

/* A liar took the numbers as high as a witness may, and the record was recovered: what machines remember from then on
 * is above that, and no request of theirs may be refused for it. */
static void above_the_highest_witness_the_record_goes_on(void **state) {
    (void)state;
    struct bootstrap_record record = {.version = 1,
                                      .state = RECORD_INITIALISED,
                                      .epoch = RECORD_SEEN_MAX + 1,
                                      .token = RECORD_SEEN_MAX,
                                      .holder = "m1",
                                      .ca_hash = HASH};
    struct record_event seen = {
        .type = RECORD_WITNESS, .epoch = RECORD_SEEN_MAX + 1, .token = RECORD_SEEN_MAX, .ca_hash = HASH};
    assert_int_equal(ask(&record, seen), RECORD_GRANTED);
    assert_int_equal(record.state, RECORD_INITIALISED);
    seen.epoch = RECORD_NUMBER_MAX; /* another lie, or the truth about a restored seed: in doubt nothing is permitted */
    assert_int_equal(ask(&record, seen), RECORD_GRANTED);
    assert_int_equal(record.state, RECORD_QUARANTINE);
    assert_int_equal(record.epoch, RECORD_SEEN_MAX + 1);
    int64_t version = record.version;
    assert_int_equal(ask(&record, seen), RECORD_GRANTED);
    assert_int_equal(record.version, version); /* once */
    assert_int_equal(
        ask(&record,
            (struct record_event){.type = RECORD_RECOVER, .hostname = "m1", .epoch = 1, .token = 2, .ca_hash = HASH}),
        RECORD_GRANTED);
    assert_int_equal(record.epoch, RECORD_SEEN_MAX + 2);
}

static void recoveries_are_checked(void **state) {
    (void)state;
    const struct bootstrap_record doubt = {.version = 1, .state = RECORD_QUARANTINE, .epoch = 3, .token = 4};
    static const struct record_event bad[] = {
        {.type = RECORD_RECOVER, .hostname = "m1", .epoch = 1, .token = 2},
        {.type = RECORD_RECOVER, .hostname = "m1", .epoch = 1, .token = 2, .ca_hash = "sha256:a"},
        {.type = RECORD_RECOVER, .hostname = "", .epoch = 1, .token = 2, .ca_hash = HASH},
        {.type = RECORD_RECOVER, .hostname = LONG_NAME, .epoch = 1, .token = 2, .ca_hash = HASH},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct bootstrap_record record = doubt;
        assert_int_equal(ask(&record, bad[i]), RECORD_INVALID);
        assert_true(record_equal(&record, &doubt));
    }
    struct bootstrap_record last = {.version = 1, .state = RECORD_QUARANTINE, .epoch = RECORD_NUMBER_MAX};
    assert_int_equal(
        ask(&last, (struct record_event){.type = RECORD_RECOVER, .hostname = "m1", .epoch = 1, .ca_hash = HASH}),
        RECORD_INVALID);
}

static void a_higher_token_keeps_the_hash_of_its_epoch(void **state) {
    (void)state;
    struct bootstrap_record record = {
        .version = 1, .state = RECORD_INITIALISED, .epoch = 1, .token = 1, .holder = "m1", .ca_hash = HASH};
    assert_int_equal(ask(&record, (struct record_event){.type = RECORD_WITNESS, .epoch = 1, .token = 2}),
                     RECORD_GRANTED);
    assert_int_equal(record.state, RECORD_QUARANTINE);
    assert_string_equal(record.ca_hash, HASH);
    assert_int_equal(
        ask(&record, (struct record_event){.type = RECORD_WITNESS, .epoch = 1, .token = 2, .ca_hash = HASH}),
        RECORD_GRANTED);
    assert_int_equal(ask(&record, (struct record_event){.type = RECORD_WITNESS, .epoch = 2, .token = 0}),
                     RECORD_GRANTED);
    assert_string_equal(record.ca_hash, "");
}

static void a_settled_record_checks_its_holder_too(void **state) {
    (void)state;
    const struct bootstrap_record born = {
        .version = 1, .state = RECORD_INITIALISED, .epoch = 1, .token = 1, .holder = "m1", .ca_hash = HASH};
    struct bootstrap_record record = born;
    assert_int_equal(
        ask(&record,
            (struct record_event){.type = RECORD_COMMIT, .hostname = "m1", .epoch = 1, .token = 1, .ca_hash = "x"}),
        RECORD_INVALID);
    assert_int_equal(
        ask(&record,
            (struct record_event){.type = RECORD_COMMIT, .hostname = "m1", .epoch = 2, .token = 1, .ca_hash = HASH}),
        RECORD_STALE);
    assert_true(record_equal(&record, &born));
}

static void an_unknown_event_is_refused(void **state) {
    (void)state;
    struct bootstrap_record record = record_initial();
    assert_int_equal(ask(&record, (struct record_event){.type = RECORD_EVENTS}), RECORD_INVALID);
    assert_string_equal(record_event_name(RECORD_RESERVE), "reserve");
    assert_string_equal(record_event_name(RECORD_EVENTS), "?");
    assert_string_equal(record_state_name(RECORD_STATES), "?");
    assert_string_equal(record_answer_code(RECORD_ANSWERS), record_answer_code(RECORD_INVALID));
    assert_string_equal(record_answer_message(RECORD_ANSWERS), record_answer_message(RECORD_INVALID));
    assert_string_equal(record_answer_remedy(RECORD_ANSWERS), record_answer_remedy(RECORD_INVALID));
    enum record_state parsed;
    assert_false(record_state_parse("FULL", &parsed));
}

static void a_hash_is_hexadecimal(void **state) {
    (void)state;
    char hash[] = HASH;
    assert_true(ca_hash_valid(hash));
    hash[70] = 'g';
    assert_false(ca_hash_valid(hash));
}

static void a_stored_row_must_make_sense(void **state) {
    (void)state;
    static const struct bootstrap_record bad[] = {
        {.version = 0, .epoch = 1},
        {.version = RECORD_NUMBER_MAX + 1, .epoch = 1},
        {.version = 1, .epoch = 0},
        {.version = 1, .epoch = RECORD_NUMBER_MAX + 1},
        {.version = 1, .epoch = 1, .token = -1},
        {.version = 1, .epoch = 1, .token = RECORD_NUMBER_MAX + 1},
        {.version = 1, .epoch = 1, .state = RECORD_QUARANTINE, .ca_hash = "sha256:a"},
        {.version = 1, .epoch = 1, .holder = "m1"},
        {.version = 1, .epoch = 1, .ca_hash = HASH},
        {.version = 1, .epoch = 1, .state = RECORD_RESERVED},
        {.version = 1, .epoch = 1, .state = RECORD_RESERVED, .holder = "m\"1"},
        {.version = 1, .epoch = 1, .state = RECORD_INITIALISING, .holder = "m1", .ca_hash = HASH},
        {.version = 1, .epoch = 1, .state = RECORD_INITIALISED, .holder = "m1"},
        {.version = 1, .epoch = 1, .state = RECORD_INITIALISED, .ca_hash = HASH},
        {.version = 1, .epoch = 1, .state = RECORD_STATES},
    };
    const struct bootstrap_record quarantined = {.version = 1, .epoch = 1, .state = RECORD_QUARANTINE};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(record_valid(&bad[i]));
    assert_true(record_valid(&quarantined));
}

static void every_stored_field_counts(void **state) {
    (void)state;
    const struct bootstrap_record one = {
        .version = 2, .state = RECORD_INITIALISED, .epoch = 2, .token = 2, .holder = "m1", .ca_hash = HASH};
    struct bootstrap_record other[6];
    for (size_t i = 0; i < 6; i++)
        other[i] = one;
    other[0].version++, other[1].state = RECORD_QUARANTINE, other[2].epoch++, other[3].token++,
                        other[4].holder[1] = '2', other[5].ca_hash[9] = 'b';
    for (size_t i = 0; i < 6; i++)
        assert_false(record_equal(&one, &other[i]));
}

static void a_record_without_a_holder_prints_null(void **state) {
    (void)state;
    cleanup_buf struct buf json = BUF_INIT(1024);
    struct bootstrap_record record = record_initial();
    record_json(&record, 0, &json);
    assert_string_equal(buf_text(&json), "{\"version\":1,\"state\":\"EMPTY\",\"epoch\":1,\"token\":0,\"holder\":null,"
                                         "\"ca_hash\":null,\"lease_ms\":null}");
    buf_clear(&json);
    record = (struct bootstrap_record){
        .version = 1, .state = RECORD_RESERVED, .epoch = 1, .token = 1, .holder = "m1", .lease_until_ms = 5};
    record_json(&record, 9, &json); /* over, and not yet expired */
    assert_non_null(strstr(buf_text(&json), "\"lease_ms\":0"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_do_not_run_over),
        cmocka_unit_test(names_are_bounded),
        cmocka_unit_test(witnesses_are_checked),
        cmocka_unit_test(above_the_highest_witness_the_record_goes_on),
        cmocka_unit_test(recoveries_are_checked),
        cmocka_unit_test(a_higher_token_keeps_the_hash_of_its_epoch),
        cmocka_unit_test(a_settled_record_checks_its_holder_too),
        cmocka_unit_test(an_unknown_event_is_refused),
        cmocka_unit_test(a_hash_is_hexadecimal),
        cmocka_unit_test(a_stored_row_must_make_sense),
        cmocka_unit_test(every_stored_field_counts),
        cmocka_unit_test(a_record_without_a_holder_prints_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
