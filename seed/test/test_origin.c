/* SPDX-License-Identifier: Apache-2.0
 * Which requests may be the operator's own: programs, and our page; never another page in the operator's browser. */
#include "../../lib/test/testing.h"

#include "server/decide/origin.h"

#define OWN                                                                                                            \
    .host = "127.0.0.1:9000", .origin = "http://127.0.0.1:9000", .sec_fetch_site = "same-origin",                      \
    .content_type = "application/json"

static void programs_and_our_own_page(void **state) {
    (void)state;
    static const struct origin rows[] = {
        {.host = "seed", .writes = true, .loopback = true}, /* curl, seedctl */
        {.writes = true},
        {OWN, .writes = true, .loopback = true},
        {OWN, .loopback = true},
        {.host = "LocalHost:1",
         .origin = "http://localhost:1",
         .content_type = "application/json; charset=utf-8",
         .writes = true,
         .loopback = true},
        {.host = "[::1]:9000",
         .origin = "http://[::1]:9000",
         .content_type = "Application/JSON",
         .writes = true,
         .loopback = true},
        {.host = "seedrack-seed:8443",
         .origin = "https://seedrack-seed:8443",
         .sec_fetch_site = "same-origin",
         .content_type = "application/json",
         .writes = true},
        {.host = "127.0.0.1", .sec_fetch_site = "none", .loopback = true}, /* typed into the address bar */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(origin_fits(&rows[i]));
}

static void never_another_page(void **state) {
    (void)state;
    static const struct origin rows[] = {
        {.host = "127.0.0.1:9000",
         .origin = "http://evil.example",
         .content_type = "application/json",
         .writes = true,
         .loopback = true},
        {.host = "127.0.0.1:9000",
         .origin = "http://127.0.0.1:9001",
         .content_type = "application/json",
         .writes = true,
         .loopback = true},
        {.host = "127.0.0.1:9000",
         .origin = "null",
         .content_type = "application/json",
         .writes = true,
         .loopback = true},
        {.host = "127.0.0.1:9000", .origin = "", .writes = true},
        {.host = "evil.example:9000",
         .origin = "http://evil.example:9000",
         .sec_fetch_site = "same-origin",
         .loopback = true},
        {.host = "127.0.0.1.evil.example", .sec_fetch_site = "same-origin", .loopback = true},
        {.host = "evil.example:9000", .loopback = true}, /* DNS rebinding: a GET by a script has no Origin */
        {.host = "seed.evil.example", .loopback = true},
        {.host = "localhosts", .sec_fetch_site = "same-origin", .loopback = true},
        {.sec_fetch_site = "same-origin", .loopback = true},
        {.host = "127.0.0.1", .sec_fetch_site = "cross-site", .loopback = true},
        {.host = "127.0.0.1", .sec_fetch_site = "same-site", .loopback = true},
        {.host = "127.0.0.1", .sec_fetch_site = "", .loopback = true},
        {.host = "127.0.0.1",
         .sec_fetch_site = "none",
         .content_type = "application/json",
         .writes = true,
         .loopback = true},
        {.host = "127.0.0.1", .origin = "http://127.0.0.1", .writes = true, .loopback = true},
        {.host = "127.0.0.1",
         .origin = "http://127.0.0.1",
         .content_type = "text/plain",
         .writes = true,
         .loopback = true},
        {.host = "127.0.0.1",
         .origin = "http://127.0.0.1",
         .content_type = "application/jsonp",
         .writes = true,
         .loopback = true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_false(origin_fits(&rows[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(programs_and_our_own_page),
                                       cmocka_unit_test(never_another_page)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
