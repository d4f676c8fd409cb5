/* SPDX-License-Identifier: Apache-2.0
 * What the seed's refusals are called. */
#include "../../lib/test/testing.h"

#include "decide/refusal.h"

static void a_word_of_the_seed_has_a_code(void **state) {
    (void)state;
    assert_int_equal(refusal_code("unknown_mac", 404), SR_CLAIM_MAC);
    assert_int_equal(refusal_code("claim_conflict", 409), SR_CLAIM_CONFLICT);
    assert_int_equal(refusal_code("disk_full", 507), SR_SEED_FULL);
    assert_int_equal(refusal_code("gone", 410), SR_TICKET);
}

static void every_other_refusal_has_a_general_one(void **state) {
    (void)state;
    assert_int_equal(refusal_code("held", 409), SR_SEED_REFUSED);
    assert_int_equal(refusal_code("", 404), SR_SEED_STATUS); /* nothing that speaks this API */
    assert_int_equal(refusal_code("a word that is not there yet", 500), SR_SEED_STATUS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_of_the_seed_has_a_code),
        cmocka_unit_test(every_other_refusal_has_a_general_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
