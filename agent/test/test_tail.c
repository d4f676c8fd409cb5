/* SPDX-License-Identifier: Apache-2.0
 * What leaves the machine of a log: its last lines, printable, bounded, and none of the canaries. */
#include "../../lib/test/testing.h"

#include "effects/logs.h"
#include "decide/tail.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOKEN "abcdef.0123456789abcdef"
#define KEY "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
#define JWT "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
#define BEGIN "-----BEGIN RSA PRIVATE KEY-----"
#define END "-----END RSA PRIVATE KEY-----"

static char out[TAIL_SIZE];

static const char *clean(const char *text, bool whole) {
    size_t n = tail_clean(text, strlen(text), whole, out);
    assert_int_equal(n, strlen(out));
    return out;
}

static void secrets_become_words(void **state) {
    (void)state;
    assert_string_equal(clean("token " TOKEN "\n", true), "token [token]\n");
    assert_string_equal(clean("--token=" TOKEN " --certificate-key " KEY, true),
                        "--token=[token] --certificate-key [key]");
    assert_string_equal(clean("said \\"
                              "n" TOKEN "\\n" KEY,
                              true),
                        "said \\n[token]\\n[key]");
    assert_string_equal(clean("Authorization: Bearer " JWT ", next", true), "Authorization: Bearer [token], next");
    assert_string_equal(clean("a\n" BEGIN "\nMIIcanary\n" END "\nb\n", true), "a\n[private key]\nb\n");
    assert_string_equal(clean("key: \"" BEGIN "\\nMIIcanary\\n" END "\\n\" rest", true),
                        "key: \"[private key]\\n\" rest");
    assert_string_equal(clean("a\n-----BEGIN EC PRIVATE KEY-----\nMIIcanary", true), "a\n[private key]");
}

static void a_key_whose_beginning_was_cut_off_is_gone(void **state) {
    (void)state;
    assert_string_equal(clean("MIIcanary\nMIIcanary\n" END "\nafter\n", true), "\nafter\n");
    assert_string_equal(clean("IIcanary\nMIIcanary\n" END "\nafter\n" BEGIN "\nMII\n" END "\n", false),
                        "\nafter\n[private key]\n");
    assert_string_equal(clean("half of canary " TOKEN "\nwhole\n", false), "whole\n");
    assert_string_equal(clean("one line that never ended", false), "");
}

static void what_is_no_secret_stays(void **state) {
    (void)state;
    static const char text[] = "image sha256:" KEY " at k8s.gcr.io/pause:3.2\n"
                               "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n"
                               "10.244.0.1 version.v1beta2 abcde.0123456789abcdef abcdef.0123456789abcdefg\n";
    assert_string_equal(clean(text, true), text);
}

static void nothing_steers_a_terminal(void **state) {
    (void)state;
    assert_string_equal(clean("a\033[2J\tb\r\n\x7f\xc2\x9b", true), "a\\x1b[2J b\\x0d\n\\x7f\\xc2\\x9b");
    assert_int_equal(tail_clean("a\0b", 3, true, out), 6);
    assert_string_equal(out, "a\\x00b");
}

static void it_is_bounded_and_ends_with_the_end(void **state) {
    (void)state;
    char *text = malloc(TAIL_READ);
    for (size_t i = 0; i < TAIL_READ; i++)
        text[i] = i % 100 == 99 ? '\n' : 'a' + (char)(i % 26);
    memcpy(text + TAIL_READ - 6, "\nlast\n", 6);
    size_t n = tail_clean(text, TAIL_READ, false, out);
    assert_true(n < TAIL_SIZE && n > TAIL_SIZE - 110);
    assert_string_equal(out + n - 6, "\nlast\n");
    memset(text, 1, TAIL_READ); /* each becomes four bytes, and no line ends */
    assert_int_equal(tail_clean(text, TAIL_READ, true, out), TAIL_SIZE - 1);
    free(text);
}

static void the_end_of_a_file_is_read(void **state) {
    (void)state;
    char path[] = "/tmp/seedrack-test-tail.XXXXXX";
    int fd = mkstemp(path);
    struct error err = {0};
    cleanup_buf struct buf small = BUF_INIT(6), large = BUF_INIT(100);
    bool whole;
    assert_int_equal(write(fd, "0123456789", 10), 10);
    assert_int_equal(logs_end(path, &small, &whole, &err), 0);
    assert_string_equal(buf_text(&small), "56789");
    assert_false(whole);
    assert_int_equal(logs_end(path, &large, &whole, &err), 0);
    assert_string_equal(buf_text(&large), "0123456789");
    assert_true(whole);
    close(fd);
    unlink(path);
    buf_clear(&large);
    assert_int_equal(logs_end(path, &large, &whole, &err), -1);
}

static void every_source_belongs_to_a_code(void **state) {
    (void)state;
    assert_string_equal(tail_source(SR_RUNTIME_SILENT), TAIL_RUNTIME);
    assert_string_equal(tail_source(SR_DISK_BAD), TAIL_DMESG);
    assert_string_equal(tail_source(SR_JOIN), "/var/log/seedrack/kubeadm.log");
    assert_null(tail_source(SR_SEED_SILENT));
    assert_null(tail_source(SR_NONE));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_become_words),
        cmocka_unit_test(a_key_whose_beginning_was_cut_off_is_gone),
        cmocka_unit_test(what_is_no_secret_stays),
        cmocka_unit_test(nothing_steers_a_terminal),
        cmocka_unit_test(it_is_bounded_and_ends_with_the_end),
        cmocka_unit_test(the_end_of_a_file_is_read),
        cmocka_unit_test(every_source_belongs_to_a_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
