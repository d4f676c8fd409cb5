/* SPDX-License-Identifier: Apache-2.0
 * dnsmasq's configuration against golden files, and what no configuration can say. scripts/check-render shows such
 * files to dnsmasq itself. */
#include "sites.h"

#include "site/dnsmasq.h"
#include <errno.h>

#define GOLDEN "seed/test/golden/dnsmasq/"

static void same(const struct buf *found, const char *path) {
    cleanup_buf struct buf wanted = BUF_INIT(1 << 20);
    source_read(path, &wanted);
    if (strcmp(buf_text(found), buf_text(&wanted)) != 0)
        fail_msg("%s differs:\n%s", path, buf_text(found));
}

static int render(struct site *site, enum dnsmasq_mode mode, struct buf *ret, struct error *err) {
    struct dnsmasq_options options = {.mode = mode, .interface = "br0", .tftp_root = "/srv/seedrack/boot"};
    return dnsmasq_render(site, &options, ret, err);
}

static void dnsmasq_of(const char *site_path, enum dnsmasq_mode mode, const char *golden) {
    cleanup_site struct site *site = site_from(site_path);
    cleanup_buf struct buf text = BUF_INIT(DNSMASQ_MAX);
    struct error err = {0};
    if (render(site, mode, &text, &err) < 0)
        fail_msg("%s: %s", site_path, err.message);
    same(&text, golden);
}

static void dnsmasq_files(void **state) {
    (void)state;
    dnsmasq_of("configs/seven-nodes/site.json", DNSMASQ_DHCP, GOLDEN "seven-nodes-dhcp.conf");
    dnsmasq_of("configs/seven-nodes/site.json", DNSMASQ_PROXY, GOLDEN "seven-nodes-proxy.conf");
    dnsmasq_of("configs/corpus/site/good/two-subnets.json", DNSMASQ_DHCP, GOLDEN "two-subnets-dhcp.conf");
    dnsmasq_of("configs/corpus/site/good/two-subnets.json", DNSMASQ_PROXY, GOLDEN "two-subnets-proxy.conf");
}

static bool has(const struct buf *text, const char *line) {
    return strstr(buf_text(text), line) != NULL;
}

static void without_interface_it_listens_on_the_seed_address(void **state) {
    (void)state;
    cleanup_site struct site *site = site_from("configs/seven-nodes/site.json");
    cleanup_buf struct buf text = BUF_INIT(DNSMASQ_MAX);
    struct dnsmasq_options options = {.mode = DNSMASQ_DHCP};
    struct error err = {0};
    assert_int_equal(dnsmasq_render(site, &options, &text, &err), 0);
    assert_true(has(&text, "\nlisten-address=172.22.132.1\n"));
    assert_false(has(&text, "\ninterface=") || has(&text, "tftp-root"));
}

/* dnsmasq would read them as a lease time, a keyword, and a keyword that turns the machine away. */
static void hostnames_that_look_like_something_else(void **state) {
    (void)state;
    static const char *const names[] = {"10", "12h", "infinite", "ignore"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cleanup_site struct site *site = site_from("configs/seven-nodes/site.json");
        cleanup_buf struct buf text = BUF_INIT(DNSMASQ_MAX);
        struct error err = {0};
        site->nodes[0].hostname = names[i];
        assert_int_equal(render(site, DNSMASQ_DHCP, &text, &err), 0);
        assert_true(has(&text, "\ndhcp-host=52:54:00:84:00:11,id:*,172.22.132.11,infinite\n"));
    }
}

static void a_seed_without_an_address(void **state) {
    (void)state;
    cleanup_site struct site *site = site_from("configs/seven-nodes/site.json");
    cleanup_buf struct buf text = BUF_INIT(DNSMASQ_MAX), none = BUF_INIT(DNSMASQ_MAX);
    struct error err = {0};
    char url[300] = "http://";
    site->seed = "http://seed.example.com:8080";
    assert_int_equal(render(site, DNSMASQ_DHCP, &text, &err), 0);
    assert_true(has(&text, "\ndhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe\n")); /* dnsmasq's own address */
    assert_int_equal(render(site, DNSMASQ_PROXY, &none, &err), -1);
    assert_int_equal(strncmp(err.message, "/network/seed: ", 15), 0);
    memset(url + 7, 'a', 250);
    strncat(url, ":80", 4);
    site->seed = url;
    assert_int_equal(render(site, DNSMASQ_DHCP, &none, &err), -1);
    assert_true(strstr(err.message, "254") && err.remedy[0]);
    assert_int_equal(none.length, 0);
}

static void a_buffer_too_small(void **state) {
    (void)state;
    cleanup_site struct site *site = site_from("configs/seven-nodes/site.json");
    cleanup_buf struct buf whole = BUF_INIT(DNSMASQ_MAX);
    struct error err = {0};
    assert_int_equal(render(site, DNSMASQ_DHCP, &whole, &err), 0);
    for (size_t size = 1; size < whole.length; size += 97) {
        cleanup_buf struct buf small = BUF_INIT(size);
        assert_int_equal(render(site, DNSMASQ_DHCP, &small, &err), -1);
        assert_int_equal(err.errnum, ENOMEM);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dnsmasq_files),
        cmocka_unit_test(without_interface_it_listens_on_the_seed_address),
        cmocka_unit_test(hostnames_that_look_like_something_else),
        cmocka_unit_test(a_seed_without_an_address),
        cmocka_unit_test(a_buffer_too_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
