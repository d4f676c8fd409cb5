/* SPDX-License-Identifier: Apache-2.0
 * What is handed to strangers: documents without their secrets, in an archive. */
#include "../../lib/test/testing.h"

#include "report/archive.h"
#include "json.h"
#include "redact.h"
#include "report/sanitize.h"
#include <string.h>

#define KEY "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"

static void assert_sanitized(const char *text, const char *expected) {
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    if (json_parse(text, strlen(text), &tree, &err) < 0)
        fail_msg("%s", err.message);
    sanitize(tree);
    char *clean = cJSON_PrintUnformatted(tree);
    assert_string_equal(clean, expected);
    cJSON_free(clean);
}

static void keys_that_name_secrets_lose_their_texts(void **state) {
    (void)state;
    assert_sanitized(
        "{\"vip\":{\"password\":\"canary\",\"address\":\"10.0.0.1\"},\"haproxy\":{\"stats_auth\":\"u:canary\"}}",
        "{\"vip\":{\"password\":\"[removed]\",\"address\":\"10.0.0.1\"},\"haproxy\":{\"stats_auth\":\"[removed]\"}}");
    assert_sanitized(
        "{\"addons\":[{\"manifest\":\"canary\",\"replace\":[{\"from\":\"a\",\"to\":\"canary\"}]}]}",
        "{\"addons\":[{\"manifest\":\"[6 bytes]\",\"replace\":[{\"from\":\"[1 bytes]\",\"to\":\"[6 bytes]\"}]}]}");
    assert_sanitized("{\"token\":7,\"secrets\":[\"canary\",[\"canary\"]],\"key\":\"canary\"}",
                     "{\"token\":7,\"secrets\":[\"[removed]\",[\"[removed]\"]],\"key\":\"[removed]\"}");
}

static void texts_lose_what_looks_like_one(void **state) {
    (void)state;
    assert_sanitized("{\"detail\":\"mac 52:54 key " KEY "\",\"hash\":\"" KEY "\",\"ca_hash\":\"sha256:" KEY "\"}",
                     "{\"detail\":\"mac 52:54 key [key]\",\"hash\":\"" KEY "\",\"ca_hash\":\"sha256:" KEY "\"}");
    assert_sanitized("[\"abcdef.0123456789abcdef\",5,null,true]", "[\"[token]\",5,null,true]");
    sanitize(NULL);
}

static void redaction_is_bounded_by_its_buffer(void **state) {
    (void)state;
    cleanup_buf struct buf small = BUF_INIT(3), keys = BUF_INIT(200);
    redact("abcdef", 6, true, &small);
    assert_true(buf_failed(&small));
    redact(KEY "\0x", sizeof(KEY) + 1, false, &keys);
    assert_int_equal(keys.length, sizeof(KEY) + 1);
}

static void an_archive_has_whole_blocks_and_sums(void **state) {
    (void)state;
    cleanup_buf struct buf tar = BUF_INIT(1 << 20), file = BUF_INIT(1 << 20);
    char large[70000];
    memset(large, 'a', sizeof(large));
    archive_add(&tar, "folder/empty", "", 0);
    archive_add(&tar, "folder/large", large, sizeof(large));
    assert_int_equal(tar.length, 512 + 512 + 137 * 512);
    assert_string_equal(tar.data, "folder/empty");
    assert_memory_equal(tar.data + 257,
                        "ustar\0"
                        "00",
                        8);
    assert_string_equal(tar.data + 512 + 124, "00000210560");
    archive_gzip(&tar, &file);
    assert_int_equal(tar.length % 512, 0);
    assert_memory_equal(file.data, "\x1f\x8b\x08", 3);
    assert_int_equal(file.length, 10 + tar.length + 2 * 5 + 8); /* two stored blocks */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_name_secrets_lose_their_texts),
        cmocka_unit_test(texts_lose_what_looks_like_one),
        cmocka_unit_test(redaction_is_bounded_by_its_buffer),
        cmocka_unit_test(an_archive_has_whole_blocks_and_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
