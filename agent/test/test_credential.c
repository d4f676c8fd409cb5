/* SPDX-License-Identifier: Apache-2.0
 * The pair that a kubeconfig carries. */
#include "../../lib/test/testing.h"

#include "decide/credential.h"
#include <string.h>

#define CERTIFICATE "    client-certificate-data: Q0VSVAo=\n" /* "CERT\n" */
#define KEY "    client-key-data: S0VZCg==\n"                 /* "KEY\n" */

static int pem_of(const char *text, struct buf *pem, struct error *err) {
    *pem = BUF_INIT(2 * CREDENTIAL_MAX);
    return credential_pem(text, pem, err);
}

static void both_in_their_order(void **state) {
    (void)state;
    cleanup_buf struct buf pem;
    struct error err = {0};
    assert_int_equal(pem_of("users:\n- user:\n" KEY CERTIFICATE, &pem, &err), 0);
    assert_string_equal(buf_text(&pem), "CERT\n\nKEY\n\n");
}

static void refused(const char *text, const char *cause) {
    cleanup_buf struct buf pem;
    struct error err = {0};
    assert_int_equal(pem_of(text, &pem, &err), -1);
    assert_string_equal(err.message, cause);
}

static void what_is_not_whole_is_refused(void **state) {
    (void)state;
    refused("", "`client-certificate-data`: not given once");
    refused(CERTIFICATE, "`client-key-data`: not given once");
    refused(CERTIFICATE KEY KEY, "`client-key-data`: not given once");
    refused(CERTIFICATE "    client-key-data: \n", "`client-key-data`: no base64");
    refused(CERTIFICATE "    client-key-data: S0VZ?g==\n", "`client-key-data`: no base64");
    refused(CERTIFICATE "    client-key-data: AAAA\n", "`client-key-data`: no base64"); /* NUL is no PEM */
}

static void what_is_too_long_is_refused(void **state) {
    (void)state;
    enum { LENGTH = CREDENTIAL_MAX / 3 * 4 + 8 };
    char *text = test_malloc(LENGTH + 128), *at = stpcpy(text, CERTIFICATE "    client-key-data: ");
    memset(at, 'Q', LENGTH);
    at[LENGTH] = '\0';
    refused(text, "`client-key-data`: no base64");
    test_free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_in_their_order),
                                       cmocka_unit_test(what_is_not_whole_is_refused),
                                       cmocka_unit_test(what_is_too_long_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
