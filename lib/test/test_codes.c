/* SPDX-License-Identifier: Apache-2.0
 * Stable codes: the table, and how an error carries one. */
#include "testing.h"

#include "codes.h"
#include "error.h"
#include <string.h>

static void every_code_is_found_by_its_name(void **state) {
    (void)state;
    for (unsigned i = SR_NONE + 1; i < CODES; i++) {
        const struct code_about *about = code_about((enum code)i);
        assert_true(code_valid(about->name));
        assert_int_equal(code_find(about->name), i);
        assert_true(about->title[0] && about->causes[0] && about->remedy[0]);
    }
}

static void what_is_no_code_has_no_words(void **state) {
    (void)state;
    assert_int_equal(code_find("SR-NEWER"), SR_NONE);
    assert_int_equal(code_find(""), SR_NONE);
    assert_string_equal(code_name(SR_NONE), "");
    assert_string_equal(code_name(CODES), "");
    assert_string_equal(code_about((enum code)1000000)->remedy, "");
}

static void a_name_is_bounded(void **state) {
    (void)state;
    static const char *const bad[] = {
        "", "SR", "SR-", "sr-LINK", "SR-link", "SR-A B", "SR-A\n", "XR-LINK", "SR-ABCDEFGHIJKLMNOPQRSTUVWXY"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(code_valid(bad[i]));
    assert_true(code_valid("SR-ABCDEFGHIJKLMNOPQRSTUVWX"));
    assert_true(code_valid("SR-NEWER-9"));
}

static void the_deepest_layer_names_an_error(void **state) {
    (void)state;
    struct error err = {0};
    error_fail(&err, SR_DISK_BAD, 5, "first");
    error_wrap(&err, "disk");
    error_code(&err, SR_DISK);
    error_remedy(&err, "replace it");
    assert_int_equal(err.code, SR_DISK_BAD);
    assert_string_equal(err.message, "disk: first");
    error_set(&err, 5, "another one");
    assert_int_equal(err.code, SR_NONE);
    error_code(&err, SR_DISK_BAD);
    error_errno(&err, 5, "a third");
    assert_int_equal(err.code, SR_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_is_found_by_its_name),
        cmocka_unit_test(what_is_no_code_has_no_words),
        cmocka_unit_test(a_name_is_bounded),
        cmocka_unit_test(the_deepest_layer_names_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
