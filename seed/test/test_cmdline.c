/* SPDX-License-Identifier: Apache-2.0
 * Kernel command lines against golden files, and the longest that a site can have. */
#include "pki.h"
#include "sites.h"

#include "site/cmdline.h"

#define GOLDEN "seed/test/golden/cmdline/"

static void same(const struct buf *found, const char *path) {
    cleanup_buf struct buf wanted = BUF_INIT(1 << 20);
    source_read(path, &wanted);
    if (strcmp(buf_text(found), buf_text(&wanted)) != 0)
        fail_msg("%s differs:\n%s", path, buf_text(found));
}

static void line_of(const char *site_path, const char *mac, const char *golden) {
    cleanup_site struct site *site = site_from(site_path);
    cleanup_buf struct buf line = BUF_INIT(CMDLINE_MAX + 1);
    struct error err = {0};
    const struct site_node *node = mac ? site_find_mac(site, mac) : NULL;
    if (cmdline_render(site, node, NULL, &line, &err) < 0)
        fail_msg("%s: %s", site_path, err.message);
    buf_adds(&line, "\n");
    same(&line, golden);
}

static void command_lines(void **state) {
    (void)state;
    line_of("configs/seven-nodes/site.json", "52:54:00:84:00:11", GOLDEN "machine");
    line_of("configs/seven-nodes/site.json", NULL, GOLDEN "medium");
    line_of("configs/corpus/site/good/boot-virtio.json", "52:54:00:00:00:01", GOLDEN "shell-and-arguments");
}

/* The longest line that a valid site can have is one that the kernel takes whole. */
static void the_longest_line_fits(void **state) {
    (void)state;
    static const char name[] = "sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss";
    char url[8 + 253 + 6 + 1] = "https://";
    cleanup_site struct site *site = site_from("configs/seven-nodes/site.json");
    cleanup_buf struct buf line = BUF_INIT(CMDLINE_MAX - SITE_KERNEL_ARGUMENTS_SIZE_MAX), small = BUF_INIT(100);
    struct error err = {0};
    memset(url + 8, 'a', 253);
    strncat(url, ":65535", 7);
    site->name = name;
    site->seed = url;
    site->boot_shell = true;
    site->seed_ca = "sha256:4b43568f9812036d08153292b8d923c89e78dd0bcd4dcb34397afc15c498815e";
    site->generation = PKI_GENERATION_MAX;
    assert_int_equal(cmdline_render(site, &site->nodes[0], NULL, &line, &err), 0);
    assert_int_equal(cmdline_render(site, &site->nodes[0], NULL, &small, &err), -1);
    assert_true(err.remedy[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_lines),
        cmocka_unit_test(the_longest_line_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
