/* SPDX-License-Identifier: Apache-2.0
 * Whose key a claim has: a machine that lost its key comes back by itself, and whoever claims its MAC meanwhile gets
 * nothing of the cluster. */
#include "../../lib/test/testing.h"

#include "record/claim_rules.h"
#include <stdlib.h>
#include <string.h>

static const struct claim_channel tls = {.tls = true}, open_tls = {.tls = true, .open = true}, plain = {0};

static struct claim_facts fresh(void) {
    return (struct claim_facts){.key = "A", .uuid = "u"};
}

static struct claim_facts rebound(void) {
    return (struct claim_facts){.key = "B", .uuid = "u", .replaced = {"A"}, .rebinds = 1, .rebound_ms = 1000};
}

static void a_lost_key_is_replaced_until_it_is_kept(void **state) {
    (void)state;
    struct claim_facts claim = fresh();
    assert_int_equal(claim_asked(&claim, tls, "A", "u", 0), CLAIM_SAME);
    assert_int_equal(claim_asked(&claim, tls, "B", "u", 0), CLAIM_REBIND);
    assert_int_equal(claim_asked(&claim, plain, "B", "u", 0), CLAIM_OTHER_KEY);
    assert_int_equal(claim_asked(&claim, tls, "B", "v", 0), CLAIM_OTHER_UUID);
    claim.rebinds = CLAIM_REBINDS_MAX - 1;
    assert_int_equal(claim_asked(&claim, tls, "B", "u", 0), CLAIM_REBIND);
    claim.rebinds = CLAIM_REBINDS_MAX;
    assert_int_equal(claim_asked(&claim, tls, "B", "u", 1 << 30), CLAIM_TOO_OFTEN);
    claim = fresh();
    claim.kept = true;
    assert_int_equal(claim_asked(&claim, tls, "B", "u", 0), CLAIM_OTHER_KEY);
    assert_int_equal(claim_asked(&claim, tls, "A", "u", 0), CLAIM_SAME);
    claim.denied = true;
    assert_int_equal(claim_asked(&claim, tls, "A", "u", 0), CLAIM_DENIED);
}

static void an_unkept_key_acts_on_nothing(void **state) {
    (void)state;
    struct claim_facts claim = fresh();
    assert_int_equal(claim_standing(&claim, tls), CLAIM_UNKEPT);
    assert_int_equal(claim_standing(&claim, plain), CLAIM_MAY); /* nothing is proved there */
    assert_int_equal(claim_keeps(&claim, tls, 0), CLAIM_MAY);
    claim.kept = true;
    assert_int_equal(claim_standing(&claim, tls), CLAIM_MAY);
}

static void the_replaced_key_has_its_time(void **state) {
    (void)state;
    struct claim_facts claim = rebound();
    assert_int_equal(claim_keeps(&claim, tls, 1000), CLAIM_LISTENING);
    assert_int_equal(claim_keeps(&claim, tls, 1000 + CLAIM_SILENCE_MS - 1), CLAIM_LISTENING);
    assert_int_equal(claim_keeps(&claim, tls, 1000 + CLAIM_SILENCE_MS), CLAIM_MAY);
    assert_int_equal(claim_standing(&claim, tls), CLAIM_UNKEPT);
    assert_int_equal(claim_asked(&claim, tls, "A", "u", 2000), CLAIM_OLDER_KEY);
    assert_int_equal(claim_asked(&claim, tls, "C", "u", 2000), CLAIM_REBIND);
    claim.contested = true;
    assert_int_equal(claim_standing(&claim, tls), CLAIM_CONTESTED);
    assert_int_equal(claim_keeps(&claim, tls, 1 << 30), CLAIM_CONTESTED);
    assert_int_equal(claim_asked(&claim, tls, "C", "u", 2000), CLAIM_OTHER_KEY); /* a third one decides nothing */
    assert_int_equal(claim_asked(&claim, tls, "B", "u", 2000), CLAIM_SAME);
    claim.kept = true; /* by the operator's word */
    assert_int_equal(claim_standing(&claim, tls), CLAIM_MAY);
    assert_int_equal(claim_asked(&claim, tls, "A", "u", 2000), CLAIM_OTHER_KEY);
}

/* Whoever throws keys away does not wash the first one off. */
static void every_replaced_key_is_remembered(void **state) {
    (void)state;
    struct claim_facts claim = {
        .key = "D", .uuid = "u", .replaced = {"A", "B", "C"}, .rebinds = CLAIM_REBINDS_MAX, .rebound_ms = 1000};
    static const char *const older[] = {"A", "B", "C"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(claim_asked(&claim, tls, older[i], "u", 2000), CLAIM_OLDER_KEY);
    assert_int_equal(claim_asked(&claim, tls, "E", "u", 2000), CLAIM_TOO_OFTEN);
}

static void an_open_site_takes_any_key_but_not_for_ever(void **state) {
    (void)state;
    struct claim_facts claim = rebound();
    claim.kept = claim.contested = true;
    assert_int_equal(claim_asked(&claim, open_tls, "A", "u", 2000), CLAIM_REBIND);
    assert_int_equal(claim_keeps(&claim, open_tls, 1001), CLAIM_MAY);
    claim.kept = false;
    assert_int_equal(claim_standing(&claim, open_tls), CLAIM_UNKEPT);
    claim.rebinds = CLAIM_REBINDS_MAX;
    assert_int_equal(claim_asked(&claim, open_tls, "A", "u", 2000), CLAIM_TOO_OFTEN);
    assert_int_equal(claim_asked(&claim, open_tls, "A", "u", 1001 + CLAIM_OPEN_MS), CLAIM_REBIND);
}

/* Firmware without a UUID, or one that appears later: the key says who it is. Another key needs the UUID. */
static void a_uuid_that_is_not_there_is_not_another_one(void **state) {
    (void)state;
    struct claim_facts with = {.key = "A", .uuid = "u", .kept = true}, without = {.key = "A", .uuid = "", .kept = true};
    assert_int_equal(claim_asked(&with, tls, "A", "", 0), CLAIM_SAME);
    assert_int_equal(claim_asked(&without, tls, "A", "u", 0), CLAIM_SAME);
    assert_int_equal(claim_asked(&with, tls, "A", "v", 0), CLAIM_OTHER_UUID);
    assert_int_equal(claim_asked(&without, tls, "B", "", 0), CLAIM_OTHER_KEY);
    with.kept = without.kept = false;
    assert_int_equal(claim_asked(&with, tls, "B", "", 0), CLAIM_OTHER_UUID);
    assert_int_equal(claim_asked(&without, tls, "B", "u", 0), CLAIM_OTHER_UUID);
}

/* The attack, in every order of a few calls: a key that claimed after another one acts on the cluster only when the
 * other one has been silent for 30 s. */
static void whoever_comes_second_never_acts_while_the_first_one_lives(void **state) {
    (void)state;
    srand(1);
    for (int run = 0; run < 20000; run++) {
        struct claim_facts claim = {.key = "", .uuid = "u"};
        int64_t now = 0, spoke[5] = {-1, -1, -1, -1, -1};
        static const char *const keys[] = {"A", "B", "C", "D", "E"};
        for (int step = 0; step < 12; step++) {
            int who = rand() % 5;
            now += rand() % 40000;
            if (!claim.key[0])
                claim.key = keys[who];
            switch (claim_asked(&claim, tls, keys[who], "u", now)) {
            case CLAIM_REBIND:
                claim.replaced[claim.rebinds] = claim.key;
                claim.key = keys[who];
                claim.rebinds++;
                claim.rebound_ms = now;
                break;
            case CLAIM_OLDER_KEY:
                claim.contested = true;
                break;
            default:
                break;
            }
            spoke[who] = now;
            if (!strcmp(claim.key, keys[who]) && claim_keeps(&claim, tls, now) == CLAIM_MAY && !claim.kept) {
                for (int other = 0; other < 5; other++) /* nobody else with a claim to it spoke within the time */
                    for (unsigned i = 0; other != who && i < claim.rebinds; i++)
                        assert_true(strcmp(keys[other], claim.replaced[i]) != 0 ||
                                    now - spoke[other] >= CLAIM_SILENCE_MS);
                claim.kept = rand() % 2;
            }
            assert_true(claim.rebinds <= CLAIM_REBINDS_MAX);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_lost_key_is_replaced_until_it_is_kept),
                                       cmocka_unit_test(an_unkept_key_acts_on_nothing),
                                       cmocka_unit_test(the_replaced_key_has_its_time),
                                       cmocka_unit_test(every_replaced_key_is_remembered),
                                       cmocka_unit_test(an_open_site_takes_any_key_but_not_for_ever),
                                       cmocka_unit_test(a_uuid_that_is_not_there_is_not_another_one),
                                       cmocka_unit_test(whoever_comes_second_never_acts_while_the_first_one_lives)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
