/* SPDX-License-Identifier: Apache-2.0
 * If-None-Match as RFC 9110 has it: lists, weak tags, the asterisk; nothing else matches. */
#include "../../lib/test/testing.h"

#include "server/decide/etag.h"

static void what_matches(void **state) {
    (void)state;
    static const char *const headers[] = {
        "\"a1\"", "W/\"a1\"",         "\"x\", \"a1\"", "W/\"x\",W/\"a1\"", "*",
        " * ",    "\"x\" , \"a1\" ,", ", \"a1\"",      "\"x,y\", \"a1\"",  "  \"a1\"  "};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        if (!etag_matches(headers[i], "\"a1\""))
            fail_msg("%s", headers[i]);
}

static void what_does_not(void **state) {
    (void)state;
    static const char *const headers[] = {"",        "a1", "\"a1", "\"a\"", "\"a11\"", "w/\"a1\"",          "\"x\" a1",
                                          "\"xa1\"", "**", "*a",   "\"\"",  "W/a1",    "\"x\", a1, \"a1\"", "'a1'"};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        if (etag_matches(headers[i], "\"a1\""))
            fail_msg("%s", headers[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_matches), cmocka_unit_test(what_does_not)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
