/* SPDX-License-Identifier: Apache-2.0
 * The audit log's chain: what is printed follows, what was touched does not. */
#include "audit_log.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

static const struct audit_entry entries[] = {
    {.at_ms = 1, .act = "claim", .subject = "k8s-m1", .detail = "mac 52:54:00:84:00:11"},
    {.at_ms = 1700000000123, .act = "record", .subject = "k8s-m1", .detail = "a \"quote\"\n and a \x01"},
    {.at_ms = 3, .act = "operator-forget", .subject = "", .detail = ""}};
enum { N = sizeof(entries) / sizeof(entries[0]) };

#define FIRST_HASH "ed121230f7c0081f63443e6c7bef7b76d29eaf640b515d4d19109b06996a8d44"

struct chain {
    struct buf lines[N];
    struct audit_tip tip;
};

static int setup(void **state) {
    static struct chain chain;
    struct error err;
    chain = (struct chain){.tip = AUDIT_TIP_INIT};
    for (int i = 0; i < N; i++) {
        chain.lines[i] = BUF_INIT(AUDIT_LINE_MAX);
        if (audit_print(&chain.tip, &entries[i], &chain.lines[i], &err) < 0)
            return -1;
    }
    *state = &chain;
    return 0;
}

static int teardown(void **state) {
    struct chain *chain = *state;
    for (int i = 0; i < N; i++)
        buf_free(&chain->lines[i]);
    return 0;
}

static int follow(struct audit_tip *tip, const struct buf *line) {
    struct error err;
    return audit_follow(tip, line->data, line->length, &err);
}

static void what_is_printed_follows(void **state) {
    struct chain *chain = *state;
    struct audit_tip tip = AUDIT_TIP_INIT;
    for (int i = 0; i < N; i++)
        assert_int_equal(follow(&tip, &chain->lines[i]), 0);
    assert_int_equal(tip.n, N);
    assert_string_equal(tip.hash, chain->tip.hash);
    assert_null(memchr(chain->lines[1].data, '\n', chain->lines[1].length));
}

/* printf '%s' '{"n":1,…,"previous":"0…0"' | sha256sum */
static void the_hash_is_sha256_of_what_stands_before_it(void **state) {
    struct chain *chain = *state;
    assert_non_null(strstr(chain->lines[0].data, "\"hash\":\"" FIRST_HASH "\"}"));
}

static void no_byte_may_change(void **state) {
    struct chain *chain = *state;
    struct buf *line = &chain->lines[1];
    for (size_t i = 0; i < line->length; i++) {
        struct audit_tip tip = AUDIT_TIP_INIT;
        assert_int_equal(follow(&tip, &chain->lines[0]), 0);
        line->data[i] ^= 1;
        assert_int_equal(follow(&tip, line), -1);
        assert_int_equal(tip.n, 1);
        line->data[i] ^= 1;
    }
}

static void no_line_may_be_missing_or_stand_elsewhere(void **state) {
    struct chain *chain = *state;
    struct audit_tip tip = AUDIT_TIP_INIT;
    assert_int_equal(follow(&tip, &chain->lines[1]), -1);
    assert_int_equal(follow(&tip, &chain->lines[0]), 0);
    assert_int_equal(follow(&tip, &chain->lines[0]), -1);
    assert_int_equal(follow(&tip, &chain->lines[2]), -1);
    assert_int_equal(follow(&tip, &chain->lines[1]), 0);
}

static void a_line_put_in_between_has_no_successor(void **state) {
    struct chain *chain = *state;
    struct audit_tip tip = AUDIT_TIP_INIT, forged = AUDIT_TIP_INIT;
    cleanup_buf struct buf line = BUF_INIT(AUDIT_LINE_MAX);
    struct error err;
    assert_int_equal(audit_print(&forged, &entries[2], &line, &err), 0);
    assert_int_equal(follow(&tip, &line), 0);
    assert_int_equal(follow(&tip, &chain->lines[1]), -1);
}

static void what_is_no_entry_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"", "x", "{}", "[]", "null", "{\"hash\":\"\"}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct audit_tip tip = AUDIT_TIP_INIT;
        struct error err;
        assert_int_equal(audit_follow(&tip, texts[i], strlen(texts[i]), &err), -1);
    }
}

static void an_entry_has_a_limit(void **state) {
    (void)state;
    static char detail[AUDIT_LINE_MAX];
    struct audit_tip tip = AUDIT_TIP_INIT;
    struct error err;
    cleanup_buf struct buf line = BUF_INIT(AUDIT_LINE_MAX);
    memset(detail, 'x', sizeof(detail) - 1);
    assert_int_equal(
        audit_print(&tip, &(struct audit_entry){.act = "claim", .subject = "", .detail = detail}, &line, &err), -1);
    assert_int_equal(tip.n, 0);
}

static void a_file_is_read_up_to_its_last_whole_line(void **state) {
    struct chain *chain = *state;
    char path[] = "/tmp/seedrack-audit.XXXXXX";
    int fd = mkstemp(path);
    off_t length, whole = (off_t)(chain->lines[0].length + chain->lines[1].length + 2);
    struct audit_tip tip;
    struct error err;
    bool found;
    assert_true(fd >= 0);
    dprintf(fd, "%s\n%s\n%.20s", chain->lines[0].data, chain->lines[1].data, chain->lines[2].data);
    assert_int_equal(audit_log_read(path, FIRST_HASH, &tip, &length, &found, &err), 0);
    assert_int_equal(tip.n, 2);
    assert_int_equal(length, whole);
    assert_true(found);
    assert_int_equal(audit_log_read(path, chain->tip.hash, &tip, &length, &found, &err), 0);
    assert_false(found);
    assert_int_equal(write(fd, "\n", 1), 1); /* now it claims to be whole */
    assert_int_equal(audit_log_read(path, NULL, &tip, &length, NULL, &err), -1);
    assert_non_null(strstr(err.message, "line 3"));
    assert_int_equal(pwrite(fd, "\0", 1, 0), 1);
    assert_int_equal(audit_log_read(path, NULL, &tip, &length, NULL, &err), -1);
    close(fd);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_printed_follows, setup, teardown),
        cmocka_unit_test_setup_teardown(the_hash_is_sha256_of_what_stands_before_it, setup, teardown),
        cmocka_unit_test_setup_teardown(no_byte_may_change, setup, teardown),
        cmocka_unit_test_setup_teardown(no_line_may_be_missing_or_stand_elsewhere, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_put_in_between_has_no_successor, setup, teardown),
        cmocka_unit_test(what_is_no_entry_is_refused),
        cmocka_unit_test(an_entry_has_a_limit),
        cmocka_unit_test_setup_teardown(a_file_is_read_up_to_its_last_whole_line, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
