/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record as the seed tells it: whole, or an error that names the field. */
#include "../../lib/test/testing.h"

#include "json.h"
#include "decide/record_view.h"
#include <string.h>

#define HASH_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void a_record_is_parsed_whole(void **state) {
    (void)state;
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"{\"version\":4,\"state\":\"RESERVED\",\"epoch\":1,\"token\":2,\"holder\":\"m1\",\"ca_hash\":null,\"lease_"
         "ms\":29000}",
         NULL},
        {"{\"version\":4,\"state\":\"EMPTY\",\"epoch\":1,\"token\":2,\"holder\":null,\"ca_hash\":null,\"lease_ms\":"
         "null}",
         NULL},
        {"{\"version\":4,\"state\":\"INITIALISED\",\"epoch\":1,\"token\":2,\"holder\":\"m1\",\"ca_hash\":\"" HASH_A
         "\"}",
         NULL},
        {"{\"version\":-4}", "/version"},
        {"{\"version\":4}", "/epoch"},
        {"{\"version\":4.5,\"epoch\":1,\"token\":2,\"state\":\"EMPTY\"}", "/version"},
        {"{\"version\":4,\"epoch\":1,\"token\":2,\"state\":\"INITIALISING\",\"holder\":\"m1\\n\"}", "/holder"},
        {"{\"version\":4,\"epoch\":1,\"token\":\"2\"}", "/token"},
        {"{\"version\":4,\"epoch\":1,\"token\":2,\"ca_hash\":\"sha1:a\"}", "/ca_hash"},
        {"{\"version\":4,\"epoch\":1,\"token\":2,\"state\":\"FULL\"}", "/state"},
        {"{\"version\":4,\"epoch\":1,\"token\":2,\"state\":\"INITIALISED\"}", "INITIALISED without"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct record_view record;
        cleanup_json cJSON *tree = cJSON_Parse(rows[i].text);
        struct error err = {0};
        assert_int_equal(record_view_parse(tree, &record, &err), rows[i].said ? -1 : 0);
        if (rows[i].said)
            assert_non_null(strstr(err.message, rows[i].said));
        else
            assert_int_equal(record.lease_ms, record.state == RECORD_RESERVED ? 29000 : 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_record_is_parsed_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
