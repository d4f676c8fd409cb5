/* SPDX-License-Identifier: Apache-2.0
 * The header Range: the part that each text means, of files of any size. */
#include "../../lib/test/testing.h"

#include "server/decide/range.h"

struct row {
    const char *text;
    uint64_t size, first, length;
};

static void a_part_is_what_was_asked_for(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"bytes=0-0", 10, 0, 1},
        {"bytes=0-", 10, 0, 10},
        {"bytes=3-5", 10, 3, 3},
        {"bytes=9-9", 10, 9, 1},
        {"bytes=9-", 10, 9, 1},
        {"bytes=007-8", 10, 7, 2},
        {"bytes=3-9", 10, 3, 7},
        {"bytes=3-10", 10, 3, 7}, /* a last byte behind the end means the end */
        {"bytes=3-999999999999999999", 10, 3, 7},
        {"bytes=-1", 10, 9, 1},
        {"bytes=-10", 10, 0, 10},
        {"bytes=-11", 10, 0, 10},
        {"bytes=0-0", 1, 0, 1},
        {"bytes=4294967296-4294967297", UINT64_C(1) << 40, UINT64_C(1) << 32, 2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct range range = range_parse(rows[i].text, rows[i].size);
        if (!range.wanted || !range.satisfiable || range.first != rows[i].first || range.length != rows[i].length)
            fail_msg("%s of %zu: wanted %d, satisfiable %d, first %zu, length %zu", rows[i].text, (size_t)rows[i].size,
                     range.wanted, range.satisfiable, (size_t)range.first, (size_t)range.length);
    }
}

static void what_lies_outside_is_not_satisfiable(void **state) {
    (void)state;
    static const struct row rows[] = {
        {"bytes=10-", 10, 0, 0}, {"bytes=10-20", 10, 0, 0}, {"bytes=999999999999999999-", 10, 0, 0},
        {"bytes=-0", 10, 0, 0},  {"bytes=0-", 0, 0, 0},     {"bytes=0-0", 0, 0, 0},
        {"bytes=-1", 0, 0, 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct range range = range_parse(rows[i].text, rows[i].size);
        if (!range.wanted || range.satisfiable)
            fail_msg("%s of %zu: wanted %d, satisfiable %d", rows[i].text, (size_t)rows[i].size, range.wanted,
                     range.satisfiable);
    }
}

static void anything_else_means_the_whole_file(void **state) {
    (void)state;
    static const char *const texts[] = {NULL,
                                        "",
                                        "bytes",
                                        "bytes=",
                                        "bytes=-",
                                        "bytes=5",
                                        "bytes=5-3",
                                        "bytes=0-1,3-4",
                                        "bytes=a-b",
                                        "bytes=1-b",
                                        "bytes=1-2 ",
                                        "bytes= 1-2",
                                        "bytes=+1-2",
                                        "bytes=--1",
                                        "items=1-2",
                                        "Bytes=1-2",
                                        "bytes=1--2",
                                        "bytes=0x1-",
                                        "bytes=1-2-3",
                                        "bytes=1000000000000000000-",
                                        "bytes=-1000000000000000000"};
    static const uint64_t sizes[] = {0, 1, 10, UINT64_C(1) << 62};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
            struct range range = range_parse(texts[i], sizes[k]);
            if (range.wanted || !range.satisfiable || range.first != 0 || range.length != sizes[k])
                fail_msg("%s of %zu: wanted %d, satisfiable %d, first %zu, length %zu",
                         texts[i] ? texts[i] : "no header", (size_t)sizes[k], range.wanted, range.satisfiable,
                         (size_t)range.first, (size_t)range.length);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_is_what_was_asked_for),
        cmocka_unit_test(what_lies_outside_is_not_satisfiable),
        cmocka_unit_test(anything_else_means_the_whole_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
