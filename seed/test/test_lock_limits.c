/* SPDX-License-Identifier: Apache-2.0
 * lock_next() at the ends of its ranges: numbers, names and hashes that no healthy machine sends. With test_lock.c
 * every branch of seed/lock.c is taken. */
#include "lock.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define HASH "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_NAME "m123456789012345678901234567890123456789012345678901234567890123456789"

static enum lock_answer ask(struct lock *lock, struct lock_event event) {
    return lock_next(lock, &event, lock);
}

static void numbers_do_not_run_over(void **state) {
    (void)state;
    struct lock last_token = {.version = 1, .epoch = 1, .token = LOCK_NUMBER_MAX},
                last_epoch = {.version = 1, .epoch = LOCK_NUMBER_MAX};
    assert_int_equal(ask(&last_token, (struct lock_event){.type = LOCK_RESERVE, .hostname = "m1"}), LOCK_INVALID);
    assert_int_equal(ask(&last_epoch, (struct lock_event){.type = LOCK_REARM}), LOCK_INVALID);
    struct lock last_version = {.version = LOCK_NUMBER_MAX, .epoch = 1};
    assert_int_equal(ask(&last_version, (struct lock_event){.type = LOCK_RESERVE, .hostname = "m1"}), LOCK_INVALID);
    assert_int_equal(last_version.version, LOCK_NUMBER_MAX);
    assert_int_equal(last_token.token, LOCK_NUMBER_MAX);
    assert_int_equal(last_epoch.epoch, LOCK_NUMBER_MAX);
}

static void names_are_bounded(void **state) {
    (void)state;
    struct lock lock = lock_initial();
    assert_int_equal(ask(&lock, (struct lock_event){.type = LOCK_RESERVE, .hostname = ""}), LOCK_INVALID);
    assert_int_equal(ask(&lock, (struct lock_event){.type = LOCK_RESERVE, .hostname = LONG_NAME}), LOCK_INVALID);
    assert_int_equal(ask(&lock, (struct lock_event){.type = LOCK_RESERVE, .hostname = "m\"1"}), LOCK_INVALID);
    assert_int_equal(lock.state, LOCK_EMPTY);
}

static void witnesses_are_checked(void **state) {
    (void)state;
    static const struct lock_event bad[] = {
        {.type = LOCK_WITNESS, .epoch = -1},
        {.type = LOCK_WITNESS, .epoch = LOCK_SEEN_MAX + 1},
        {.type = LOCK_WITNESS, .epoch = 1, .token = -1},
        {.type = LOCK_WITNESS, .epoch = 1, .token = LOCK_SEEN_MAX + 1},
        {.type = LOCK_WITNESS, .epoch = 1, .ca_hash = "sha256:a"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct lock lock = lock_initial();
        assert_int_equal(ask(&lock, bad[i]), LOCK_INVALID);
        assert_int_equal(lock.state, LOCK_EMPTY);
    }
}

static void a_higher_token_keeps_the_hash_of_its_epoch(void **state) {
    (void)state;
    struct lock lock = {
        .version = 1, .state = LOCK_INITIALISED, .epoch = 1, .token = 1, .holder = "m1", .ca_hash = HASH};
    assert_int_equal(ask(&lock, (struct lock_event){.type = LOCK_WITNESS, .epoch = 1, .token = 2}), LOCK_GRANTED);
    assert_int_equal(lock.state, LOCK_QUARANTINE);
    assert_string_equal(lock.ca_hash, HASH);
    assert_int_equal(ask(&lock, (struct lock_event){.type = LOCK_WITNESS, .epoch = 1, .token = 2, .ca_hash = HASH}),
                     LOCK_GRANTED);
    assert_int_equal(ask(&lock, (struct lock_event){.type = LOCK_WITNESS, .epoch = 2, .token = 0}), LOCK_GRANTED);
    assert_string_equal(lock.ca_hash, "");
}

static void a_settled_record_checks_its_holder_too(void **state) {
    (void)state;
    const struct lock born = {
        .version = 1, .state = LOCK_INITIALISED, .epoch = 1, .token = 1, .holder = "m1", .ca_hash = HASH};
    struct lock lock = born;
    assert_int_equal(
        ask(&lock, (struct lock_event){.type = LOCK_COMMIT, .hostname = "m1", .epoch = 1, .token = 1, .ca_hash = "x"}),
        LOCK_INVALID);
    assert_int_equal(
        ask(&lock, (struct lock_event){.type = LOCK_COMMIT, .hostname = "m1", .epoch = 2, .token = 1, .ca_hash = HASH}),
        LOCK_STALE);
    assert_true(lock_equal(&lock, &born));
}

static void an_unknown_event_is_refused(void **state) {
    (void)state;
    struct lock lock = lock_initial();
    assert_int_equal(ask(&lock, (struct lock_event){.type = LOCK_EVENTS}), LOCK_INVALID);
    assert_string_equal(lock_event_name(LOCK_RESERVE), "reserve");
    assert_string_equal(lock_event_name(LOCK_EVENTS), "?");
    assert_string_equal(lock_state_name(LOCK_STATES), "?");
    assert_string_equal(lock_answer_code(LOCK_ANSWERS), lock_answer_code(LOCK_INVALID));
    assert_string_equal(lock_answer_message(LOCK_ANSWERS), lock_answer_message(LOCK_INVALID));
    assert_string_equal(lock_answer_remedy(LOCK_ANSWERS), lock_answer_remedy(LOCK_INVALID));
    enum lock_state parsed;
    assert_false(lock_state_parse("FULL", &parsed));
}

static void a_hash_is_hexadecimal(void **state) {
    (void)state;
    char hash[] = HASH;
    assert_true(lock_ca_hash_valid(hash));
    hash[70] = 'g';
    assert_false(lock_ca_hash_valid(hash));
}

static void a_stored_row_must_make_sense(void **state) {
    (void)state;
    static const struct lock bad[] = {
        {.version = 0, .epoch = 1},
        {.version = LOCK_NUMBER_MAX + 1, .epoch = 1},
        {.version = 1, .epoch = 0},
        {.version = 1, .epoch = LOCK_NUMBER_MAX + 1},
        {.version = 1, .epoch = 1, .token = -1},
        {.version = 1, .epoch = 1, .token = LOCK_NUMBER_MAX + 1},
        {.version = 1, .epoch = 1, .state = LOCK_QUARANTINE, .ca_hash = "sha256:a"},
        {.version = 1, .epoch = 1, .holder = "m1"},
        {.version = 1, .epoch = 1, .ca_hash = HASH},
        {.version = 1, .epoch = 1, .state = LOCK_RESERVED},
        {.version = 1, .epoch = 1, .state = LOCK_RESERVED, .holder = "m\"1"},
        {.version = 1, .epoch = 1, .state = LOCK_INITIALISING, .holder = "m1", .ca_hash = HASH},
        {.version = 1, .epoch = 1, .state = LOCK_INITIALISED, .holder = "m1"},
        {.version = 1, .epoch = 1, .state = LOCK_INITIALISED, .ca_hash = HASH},
        {.version = 1, .epoch = 1, .state = LOCK_STATES},
    };
    const struct lock quarantined = {.version = 1, .epoch = 1, .state = LOCK_QUARANTINE};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(lock_valid(&bad[i]));
    assert_true(lock_valid(&quarantined));
}

static void every_stored_field_counts(void **state) {
    (void)state;
    const struct lock one = {
        .version = 2, .state = LOCK_INITIALISED, .epoch = 2, .token = 2, .holder = "m1", .ca_hash = HASH};
    struct lock other[6];
    for (size_t i = 0; i < 6; i++)
        other[i] = one;
    other[0].version++, other[1].state = LOCK_QUARANTINE, other[2].epoch++, other[3].token++, other[4].holder[1] = '2',
                        other[5].ca_hash[9] = 'b';
    for (size_t i = 0; i < 6; i++)
        assert_false(lock_equal(&one, &other[i]));
}

static void a_record_without_a_holder_prints_null(void **state) {
    (void)state;
    cleanup_buf struct buf json = BUF_INIT(1024);
    struct lock lock = lock_initial();
    lock_json(&lock, 0, &json);
    assert_string_equal(buf_text(&json), "{\"version\":1,\"state\":\"EMPTY\",\"epoch\":1,\"token\":0,\"holder\":null,"
                                         "\"ca_hash\":null,\"lease_ms\":null}");
    buf_clear(&json);
    lock = (struct lock){
        .version = 1, .state = LOCK_RESERVED, .epoch = 1, .token = 1, .holder = "m1", .lease_until_ms = 5};
    lock_json(&lock, 9, &json); /* over, and not yet expired */
    assert_non_null(strstr(buf_text(&json), "\"lease_ms\":0"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_do_not_run_over),
        cmocka_unit_test(names_are_bounded),
        cmocka_unit_test(witnesses_are_checked),
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
