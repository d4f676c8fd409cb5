/* SPDX-License-Identifier: Apache-2.0
 * What tells one machine from another: a UUID that firmware has where nobody set one does not, in any spelling. */
#include "../../lib/test/testing.h"

#include "record/identity.h"
#include "redact.h"
#include <string.h>

static void uuid_becomes(const char *text, const char *wanted) {
    char uuid[IDENTITY_UUID_SIZE];
    identity_uuid(text, uuid);
    if (strcmp(uuid, wanted) != 0)
        fail_msg("%s became `%s`", text, uuid);
}

static void a_uuid_is_kept_in_lower_case(void **state) {
    (void)state;
    uuid_becomes("4C4C4544-0042-3510-8052-B4C04F4E4D32", "4c4c4544-0042-3510-8052-b4c04f4e4d32");
    uuid_becomes("4c4c454400423510805 2b4c04f4e4d32", "");
    uuid_becomes("1b4e28ba2fa111d2883fb9a761bde3fb", "1b4e28ba2fa111d2883fb9a761bde3fb");         /* /etc/machine-id */
    uuid_becomes("00000000-0000-0000-0000-525400840011", "00000000-0000-0000-0000-525400840011"); /* a MAC in it */
}

static void what_many_machines_have_is_none(void **state) {
    (void)state;
    static const char *const defaults[] = {
        "",
        "u",
        "Not-Settable",
        "Not Specified",
        "None",
        "To be filled by O.E.M.",
        "Default string",
        "00000000-0000-0000-0000-000000000000",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "ffffffffffffffffffffffffffffffff",
        "FEFEFEFE-FEFE-FEFE-FEFE-FEFEFEFEFEFE",
        "12121212-1212-1212-1212-121212121212",
        "12341234-1234-1234-1234-123412341234",
        "12345678-1234-5678-1234-567812345678",
        "01234567-89AB-CDEF-0123-456789ABCDEF",
        "03000200-0400-0500-0006-000700080009",
        "00020003-0004-0005-0006-000700080009",
        "12345678-1234-5678-90AB-CDDEEFAABBCC",
        "78563412-3412-7856-90AB-CDDEEFAABBCC",
        "00010203-0405-0607-0809-0A0B0C0D0E0F",
        "03020100-0504-0706-0809-0a0b0c0d0e0f",
        "4C4C4544-0042-3510-8052-B4C04F4E4D3",
        "4C4C4544-0042-3510-8052-B4C04F4E4D322",
        "4C4C4544-0042-3510-8052-B4C04F4E4D3G",
        "4-C4C4544-0042-3510-8052-B4C04F4E4D32",
        "4C4C4544004235108052B4C04F4E4D32----",
        "--------------------------------------------4C4C4544004235108052B4C04F4E4D32"};
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        uuid_becomes(defaults[i], "");
}

static void hardware_becomes(const char *text, const char *wanted) {
    cleanup_buf struct buf result = BUF_INIT(4096);
    redact_hardware(text, &result);
    assert_string_equal(buf_text(&result), wanted);
}

static void hardware_is_taken_out_of_words(void **state) {
    (void)state;
    hardware_becomes("", "");
    hardware_becomes("eth0 52:54:00:84:00:11 172.22.132.11/24", "eth0 [MAC] 172.22.132.11/24");
    hardware_becomes("(52:54:00:AA:00:11)", "([MAC])");
    hardware_becomes("fd00:12:34:56:78:9a:bc:de, 12:34:56", "fd00:12:34:56:78:9a:bc:de, 12:34:56");
    hardware_becomes("uuid 4C4C4544-0042-3510-8052-B4C04F4E4D32.", "uuid [UUID].");
    hardware_becomes("vda (serial S4EW-1, 8.5 GB), sdb (serial X)",
                     "vda (serial [serial], 8.5 GB), sdb (serial [serial])");
    hardware_becomes("4b43-568f-9812-036d", "4b43-568f-9812-036d"); /* a fingerprint is for people */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_uuid_is_kept_in_lower_case),
                                       cmocka_unit_test(what_many_machines_have_is_none),
                                       cmocka_unit_test(hardware_is_taken_out_of_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
