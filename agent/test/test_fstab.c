/* SPDX-License-Identifier: Apache-2.0
 * Swap out of fstab(5): every entry whatever its length and escapes, and no other byte. */
#include "../../lib/test/testing.h"
#include "decide/fstab.h"

#include <stdlib.h>
#include <string.h>

static char last_spec[128];

static bool has_signature(const char *spec) {
    snprintf(last_spec, sizeof(last_spec), "%s", spec);
    return !strcmp(spec, "/dev/sdb3") || !strcmp(spec, "/var/a swap file");
}

static void becomes(const char *text, int changed, const char *wanted) {
    cleanup_buf struct buf result = BUF_INIT(65536);
    assert_int_equal(fstab_without_swap(text, has_signature, &result), changed);
    assert_string_equal(buf_text(&result), wanted);
}

static void swap_becomes_a_comment(void **state) {
    (void)state;
    becomes("/dev/sda1 / ext4 defaults 0 1\n", 0, "/dev/sda1 / ext4 defaults 0 1\n");
    becomes("LABEL=s none swap sw 0 0\n/dev/sda1 / ext4 x\n", 1,
            "# swap is off for kubelet: LABEL=s none swap sw 0 0\n/dev/sda1 / ext4 x\n");
    becomes("\t/dev/sdb3 none auto sw", 1, "# swap is off for kubelet: \t/dev/sdb3 none auto sw");
    becomes("#/dev/sdb3 none swap sw\n# none\n\nshort line\n", 0, "#/dev/sdb3 none swap sw\n# none\n\nshort line\n");
}

static void a_blank_in_a_name_is_escaped(void **state) {
    (void)state;
    becomes("/var/a\\040swap\\040file none auto sw 0 0\n", 1,
            "# swap is off for kubelet: /var/a\\040swap\\040file none auto sw 0 0\n");
    becomes("/x\\134y\\9\\40 /z auto d 0 0\n", 0, "/x\\134y\\9\\40 /z auto d 0 0\n");
    assert_string_equal(last_spec, "/x\\y\\9\\40");
    char kernel[] = "/swapfile\\040(deleted)", whole[] = "\\011\\012\\134";
    fstab_unescape(kernel);
    fstab_unescape(whole);
    assert_string_equal(kernel, "/swapfile (deleted)");
    assert_string_equal(whole, "\t\n\\");
}

static void a_line_has_any_length(void **state) {
    (void)state;
    static const size_t lengths[] = {100, 510, 511, 512, 513, 4096, 20000};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        char line[20100], wanted[20200];
        int n = snprintf(line, sizeof(line), "LABEL=swap none swap sw 0 0 # %0*d", (int)lengths[i], 0);
        assert_true(n > 0 && (size_t)n < sizeof(line));
        snprintf(wanted, sizeof(wanted), "# swap is off for kubelet: %s", line);
        becomes(line, 1, wanted);
        snprintf(line, sizeof(line), "/%0*d none swap sw 0 0\n", (int)lengths[i], 0); /* and a field */
        snprintf(wanted, sizeof(wanted), "# swap is off for kubelet: %s", line);
        becomes(line, 1, wanted);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(swap_becomes_a_comment),
                                       cmocka_unit_test(a_blank_in_a_name_is_escaped),
                                       cmocka_unit_test(a_line_has_any_length)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
