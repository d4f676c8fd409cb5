/* SPDX-License-Identifier: Apache-2.0
 * The search for the largest packet that gets through, against paths of every kind. */
#include "../../lib/test/testing.h"

#include "decide/mtu.h"
#include <string.h>

enum { MOST_QUESTIONS = 20 };

/* Asks a path that drops what is larger than `path`; returns how many questions it took. */
static unsigned ask(struct mtu *mtu, unsigned link, unsigned path, bool late) {
    unsigned size, questions = 0;
    mtu_start(mtu, link);
    while ((size = mtu_next(mtu, late))) {
        assert_true(size >= MTU_SMALL && size <= link);
        assert_true(++questions <= MOST_QUESTIONS);
        mtu_take(mtu, size, size <= path ? MTU_ECHOED : MTU_LOST);
    }
    return questions;
}

static void a_whole_path_takes_two_questions(void **state) {
    (void)state;
    struct mtu mtu;
    assert_int_equal(ask(&mtu, 1500, 1500, false), 2);
    assert_int_equal(mtu.verdict, MTU_WHOLE);
    assert_int_equal(ask(&mtu, 9000, 9216, false), 2);
    assert_int_equal(mtu.verdict, MTU_WHOLE);
    assert_int_equal(ask(&mtu, MTU_SMALL, 1500, false), 0);
    assert_int_equal(mtu.verdict, MTU_WHOLE);
}

static void a_silent_seed_takes_one(void **state) {
    (void)state;
    struct mtu mtu;
    assert_int_equal(ask(&mtu, 1500, 0, false), 1);
    assert_int_equal(mtu.verdict, MTU_SILENT);
}

static void every_narrow_path_is_measured(void **state) {
    (void)state;
    struct mtu mtu;
    for (unsigned path = MTU_SMALL; path < 9000; path++) {
        ask(&mtu, 9000, path, false);
        assert_int_equal(mtu.verdict, MTU_NARROW);
        assert_int_equal(mtu.passed, path);
    }
}

static void late_it_says_what_it_knows(void **state) {
    (void)state;
    struct mtu mtu;
    assert_int_equal(ask(&mtu, 1500, 1400, true), 3);
    assert_int_equal(mtu.verdict, MTU_NARROW);
    assert_int_equal(mtu.passed, MTU_SMALL);
}

static void a_link_that_came_back_is_whole(void **state) {
    (void)state;
    struct mtu mtu;
    mtu_start(&mtu, 1500);
    mtu_take(&mtu, mtu_next(&mtu, false), MTU_ECHOED);
    for (unsigned size; (size = mtu_next(&mtu, false)) != 1500 || !mtu.failed;)
        mtu_take(&mtu, size, MTU_LOST);
    mtu_take(&mtu, 1500, MTU_ECHOED);
    assert_int_equal(mtu.verdict, MTU_WHOLE);
}

static void a_path_that_says_so_is_no_fault(void **state) {
    (void)state;
    struct mtu mtu;
    mtu_start(&mtu, 1500);
    mtu_take(&mtu, mtu_next(&mtu, false), MTU_ECHOED);
    mtu_take(&mtu, mtu_next(&mtu, false), MTU_TOO_BIG);
    assert_int_equal(mtu.verdict, MTU_TOLD);
    assert_int_equal(mtu_next(&mtu, false), 0);
}

static void the_line_has_link_size_and_remedy(void **state) {
    (void)state;
    struct mtu mtu;
    struct error err = {0};
    ask(&mtu, 1500, 1400, false);
    mtu_describe(&mtu, "eth0", "10.84.0.1", &err);
    assert_non_null(strstr(err.message, "eth0 has the MTU 1500"));
    assert_non_null(strstr(err.message, "1400 bytes"));
    assert_non_null(strstr(err.remedy, "1500"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_path_takes_two_questions),  cmocka_unit_test(a_silent_seed_takes_one),
        cmocka_unit_test(every_narrow_path_is_measured),     cmocka_unit_test(late_it_says_what_it_knows),
        cmocka_unit_test(a_link_that_came_back_is_whole),    cmocka_unit_test(a_path_that_says_so_is_no_fault),
        cmocka_unit_test(the_line_has_link_size_and_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
