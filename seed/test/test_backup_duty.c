/* SPDX-License-Identifier: Apache-2.0
 * When a backup is due and who makes it; names and texts of backups.
 */
#include "test/testing.h"

#include "backup_id.h"
#include "record/backup_duty.h"
#include <string.h>

enum { HOUR = 3600 * 1000 };

static void one_master_makes_it_when_it_is_due(void **state) {
    (void)state;
    struct backup_duty duty = {0};
    int64_t now = 100 * (int64_t)HOUR;
    assert_true(backup_duty_take(&duty, HOUR, "k8s-m1", now)); /* there is none yet */
    assert_false(backup_duty_take(&duty, HOUR, "k8s-m2", now + 1000));
    assert_true(backup_duty_take(&duty, HOUR, "k8s-m1", now + 1000)); /* its answer was lost */
    backup_duty_done(&duty, now + 2000);
    assert_false(backup_duty_take(&duty, HOUR, "k8s-m1", now + HOUR));
    assert_true(backup_duty_take(&duty, HOUR, "k8s-m2", now + HOUR + 2000));
    assert_false(backup_duty_take(&duty, HOUR, "k8s-m1", now + HOUR + BACKUP_PATIENCE_MS));
    assert_true(backup_duty_take(&duty, HOUR, "k8s-m1", now + HOUR + 2000 + BACKUP_PATIENCE_MS)); /* it never came */
    assert_false(backup_duty_failed(&duty, "k8s-m2", "late", now));
}

static void one_that_failed_is_tried_again_a_little_later(void **state) {
    (void)state;
    struct backup_duty duty = {0};
    int64_t now = 100 * (int64_t)HOUR;
    assert_true(backup_duty_take(&duty, HOUR, "k8s-m1", now));
    assert_true(backup_duty_failed(&duty, "k8s-m1", "no room", now));
    assert_string_equal(duty.problem, "no room");
    assert_false(backup_duty_take(&duty, HOUR, "k8s-m2", now + BACKUP_AGAIN_MS - 1));
    duty.wanted = true; /* the operator does not wait */
    assert_true(backup_duty_take(&duty, HOUR, "k8s-m2", now + 1000));
    backup_duty_done(&duty, now + 2000);
    assert_false(duty.wanted);
    assert_string_equal(duty.problem, "");
    assert_true(backup_duty_take(&duty, HOUR, "k8s-m2", 5)); /* a clock that was set back */
}

static void only_what_was_asked_for_is_expected(void **state) {
    (void)state;
    struct backup_duty duty = {.holder = "k8s-m1"};
    const int64_t at = INT64_C(1796043480000);
    assert_false(backup_duty_expects(&duty, "", "k8s-m1"));
    backup_duty_name(&duty, at);
    assert_true(backup_duty_expects(&duty, "20261130T125800Z-k8s-m1", "k8s-m1"));
    assert_false(backup_duty_expects(&duty, "20261130T125800Z-k8s-m1", "k8s-m2"));
    assert_false(backup_duty_expects(&duty, "20261130T125801Z-k8s-m1", "k8s-m1"));
    backup_duty_name(&duty, at); /* another one in that second */
    assert_string_equal(duty.name, "20261130T125801Z-k8s-m1");
    assert_true(backup_duty_expects(&duty, "20261130T125800Z-k8s-m1", "k8s-m1")); /* late */
    backup_duty_name(&duty, at - 3600000);                                        /* the clock was set back */
    assert_string_equal(duty.name, "20261130T115800Z-k8s-m1");
    assert_false(backup_duty_expects(&duty, "20261130T125800Z-k8s-m1", "k8s-m1"));
}

static void names_are_files(void **state) {
    (void)state;
    char name[BACKUP_NAME_SIZE], text[BACKUP_TEXT_SIZE];
    backup_name(INT64_C(1796043480000), "k8s-m1", name);
    assert_string_equal(name, "20261130T125800Z-k8s-m1");
    assert_true(backup_name_valid(name));
    backup_name(INT64_MAX, "k8s-m1", name);
    assert_true(backup_name_valid(name));
    static const char *const bad[] = {"",
                                      "20261130T125800Z",
                                      "20261130T125800Z-",
                                      "20261130T125800Z-../x",
                                      "x0261130T125800Z-k8s-m1",
                                      "20261130T125800Z_k8s-m1",
                                      "20261130T125800Z-K"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (backup_name_valid(bad[i]))
            fail_msg("`%s` is taken", bad[i]);
    backup_text("20261130T125800Z-k8s-m1", "ab", 7, text);
    assert_string_equal(text, "seedrack backup\n20261130T125800Z-k8s-m1\nab\n7\n");
}

static void the_newest_goes_to_other_places(void **state) {
    (void)state;
    enum { SECOND = 1000 };
    struct backup_trip trip = {0};
    int64_t now = 100 * (int64_t)HOUR;
    assert_true(backup_trip_begin(&trip, "one", now));
    assert_false(backup_trip_begin(&trip, "one", now + SECOND)); /* under way */
    assert_false(backup_trip_end(&trip, "two", ""));
    assert_true(backup_trip_end(&trip, "one", "no such folder"));
    assert_string_equal(trip.problem, "no such folder");
    assert_false(backup_trip_begin(&trip, "one", now + BACKUP_AGAIN_MS - 1));
    assert_true(backup_trip_begin(&trip, "one", now + BACKUP_AGAIN_MS));
    assert_string_equal(trip.problem, "no such folder"); /* until it arrived */
    assert_false(backup_trip_begin(&trip, "one", now + BACKUP_AGAIN_MS + BACKUP_PATIENCE_MS - 1));
    assert_true(backup_trip_begin(&trip, "one", now + BACKUP_AGAIN_MS + BACKUP_PATIENCE_MS)); /* its sender is silent */
    assert_true(backup_trip_begin(&trip, "two", now)); /* a newer one does not wait for it */
    assert_false(backup_trip_end(&trip, "one", ""));   /* the silent one, at last */
    assert_true(backup_trip_end(&trip, "two", ""));
    assert_string_equal(trip.problem, "");
    assert_false(backup_trip_end(&trip, "two", "late"));
    assert_true(backup_trip_begin(&trip, "two", 5)); /* a clock that was set back */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_master_makes_it_when_it_is_due),
        cmocka_unit_test(one_that_failed_is_tried_again_a_little_later),
        cmocka_unit_test(only_what_was_asked_for_is_expected),
        cmocka_unit_test(the_newest_goes_to_other_places),
        cmocka_unit_test(names_are_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
