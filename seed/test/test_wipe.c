/* SPDX-License-Identifier: Apache-2.0
 * A grant wipes one disk of one machine once. */
#include "../../lib/test/testing.h"
#include "record/wipe.h"

#include <string.h>

static const struct role_disk by_serial = {.serial = "A"}, by_wwn = {.wwn = "naa.1"}, nameless = {.model = "M"};

static struct wipe of(const char *hostname, const char *serial, const char *wwn) {
    struct wipe wipe = {0};
    snprintf(wipe.hostname, sizeof(wipe.hostname), "%s", hostname);
    snprintf(wipe.serial, sizeof(wipe.serial), "%s", serial);
    snprintf(wipe.wwn, sizeof(wipe.wwn), "%s", wwn);
    return wipe;
}

static struct wipe kept(const char *nonce, enum wipe_state state, struct wipe wipe) {
    snprintf(wipe.nonce, sizeof(wipe.nonce), "%s", nonce);
    wipe.state = state;
    return wipe;
}

static void by_site(void **state) {
    (void)state;
    struct wipe asked = of("m1", "A", "naa.1");
    assert_int_equal(wipe_decide(NULL, &by_serial, NULL, 0, &asked), WIPE_NO_GRANT);
    assert_int_equal(wipe_decide("nonce-01", &by_serial, NULL, 0, &asked), WIPE_YES);
    assert_string_equal(asked.nonce, "nonce-01");
    assert_int_equal(asked.state, WIPE_STARTED);
    assert_int_equal(wipe_decide("nonce-01", &by_wwn, NULL, 0, &asked), WIPE_YES);
    assert_int_equal(wipe_decide("nonce-01", &nameless, NULL, 0, &asked), WIPE_OTHER_DISK);
    asked = of("m1", "B", "naa.1");
    assert_int_equal(wipe_decide("nonce-01", &by_serial, NULL, 0, &asked), WIPE_OTHER_DISK);
    asked = of("m1", "", "");
    assert_int_equal(wipe_decide("nonce-01", &by_serial, NULL, 0, &asked), WIPE_OTHER_DISK);
}

static void once(void **state) {
    (void)state;
    struct wipe receipts[] = {kept("nonce-01", WIPE_STARTED, of("m1", "A", "naa.1"))};
    struct wipe asked = of("m1", "A", "naa.1");
    assert_int_equal(wipe_decide("nonce-01", &by_serial, receipts, 1, &asked), WIPE_YES); /* after a power cut */
    assert_int_equal(wipe_decide(NULL, &by_serial, receipts, 1, &asked),
                     WIPE_YES); /* the site's word was taken out since */
    assert_string_equal(asked.nonce, "nonce-01");
    asked = of("m2", "A", "naa.1"); /* the disk in another machine, the word copied */
    assert_int_equal(wipe_decide("nonce-01", &by_serial, receipts, 1, &asked), WIPE_SPENT);
    asked = of("m1", "A", "naa.2"); /* another disk that says the same serial */
    assert_int_equal(wipe_decide("nonce-01", &by_serial, receipts, 1, &asked), WIPE_SPENT);
    receipts[0].state = WIPE_DONE;
    asked = of("m1", "A", "naa.1");
    assert_int_equal(wipe_decide("nonce-01", &by_serial, receipts, 1, &asked), WIPE_SPENT);
    assert_int_equal(wipe_decide("nonce-02", &by_serial, receipts, 1, &asked), WIPE_YES);
    assert_string_equal(asked.nonce, "nonce-02");
}

static void by_call(void **state) {
    (void)state;
    struct wipe receipts[] = {kept("random", WIPE_GRANTED, of("m1", "A", ""))};
    struct wipe asked = of("m1", "A", "naa.1");
    assert_int_equal(wipe_decide(NULL, &nameless, receipts, 1, &asked), WIPE_YES);
    assert_string_equal(asked.nonce, "random");
    asked = of("m1", "B", "naa.1");
    assert_int_equal(wipe_decide(NULL, &nameless, receipts, 1, &asked), WIPE_NO_GRANT);
    asked = of("m2", "A", "naa.1");
    assert_int_equal(wipe_decide(NULL, &nameless, receipts, 1, &asked), WIPE_NO_GRANT);
    receipts[0].state = WIPE_DONE;
    asked = of("m1", "A", "naa.1");
    assert_int_equal(wipe_decide(NULL, &nameless, receipts, 1, &asked), WIPE_NO_GRANT);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_site), cmocka_unit_test(once), cmocka_unit_test(by_call)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
