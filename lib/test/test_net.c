/* SPDX-License-Identifier: Apache-2.0
 * IPv4 subnets, MAC addresses and host names. */
#include "testing.h"

#include "net.h"
#include <arpa/inet.h>
#include <string.h>

static struct cidr cidr(const char *text) {
    struct cidr parsed = {0};
    assert_true(net_cidr_parse(text, &parsed));
    return parsed;
}

static void addresses_have_one_spelling(void **state) {
    (void)state;
    static const char *const bad[] = {"",           "1.2.3",        "1.2.3.4.5", "1.2.3.256",  "01.2.3.4", "1.2.3.4 ",
                                      " 1.2.3.4",   "1.2.3.",       "1..3.4",    "0x1.2.3.4",  "1.2.3.-4", "1.2.3.4/24",
                                      "1.2.3.1000", "999999999999", "1,2,3,4",   "1.2.3.4\n5", "::1",      "1.2.3.4a"};
    struct in_addr in;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(net_address_parse(bad[i], &in));
    assert_true(net_address_parse("172.22.132.11", &in));
    assert_int_equal(in.s_addr, inet_addr("172.22.132.11"));
    assert_true(net_address_parse("255.255.255.255", &in));
    assert_true(net_address_parse("0.0.0.0", &in));
}

static void subnets_have_one_spelling(void **state) {
    (void)state;
    static const char *const bad[] = {"10.0.0.0",    "10.0.0.0/",    "10.0.0.0/33", "10.0.0.0/08",
                                      "10.0.0.0/-1", "10.0.0.0/8/8", "/8",          "10.0.0.0/8 "};
    struct cidr parsed;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(net_cidr_parse(bad[i], &parsed));
    char text[NET_CIDR_SIZE];
    struct cidr widest = cidr("255.255.255.255/32");
    net_cidr_text(&widest, text);
    assert_string_equal(text, "255.255.255.255/32");
}

static void subnets_contain_and_overlap(void **state) {
    (void)state;
    struct cidr pods = cidr("10.244.0.0/16"), half = cidr("10.244.128.0/17"), services = cidr("10.96.0.0/12"),
                all = cidr("0.0.0.0/0");
    assert_true(net_cidr_overlaps(&pods, &half));
    assert_true(net_cidr_overlaps(&half, &pods));
    assert_false(net_cidr_overlaps(&pods, &services));
    assert_true(net_cidr_overlaps(&all, &services));
    assert_true(net_cidr_contains(&pods, cidr("10.244.255.255/32").in));
    assert_false(net_cidr_contains(&pods, cidr("10.245.0.0/32").in));
    assert_true(net_cidr_is_subnet(&pods));
    struct cidr host = cidr("10.244.0.1/16");
    assert_false(net_cidr_is_subnet(&host));
}

static void edges_are_no_hosts(void **state) {
    (void)state;
    struct cidr network = cidr("10.1.0.0/24"), broadcast = cidr("10.1.0.255/24"), host = cidr("10.1.0.254/24"),
                pair = cidr("10.1.0.0/31");
    assert_true(net_cidr_is_edge(&network));
    assert_true(net_cidr_is_edge(&broadcast));
    assert_false(net_cidr_is_edge(&host));
    assert_false(net_cidr_is_edge(&pair)); /* RFC 3021 */
}

static void subnets_are_counted(void **state) {
    (void)state;
    struct cidr pods = cidr("10.244.0.0/16"), all = cidr("0.0.0.0/0"), part;
    char text[NET_CIDR_SIZE];
    assert_true(net_cidr_subnet(&pods, 3, 24, &part));
    net_cidr_text(&part, text);
    assert_string_equal(text, "10.244.3.0/24");
    assert_true(net_cidr_subnet(&pods, 255, 24, &part));
    assert_false(net_cidr_subnet(&pods, 256, 24, &part));
    assert_false(net_cidr_subnet(&pods, 0, 15, &part));
    assert_true(net_cidr_subnet(&all, UINT32_MAX, 32, &part));
    assert_true(net_cidr_subnet(&all, 0, 0, &part));
}

static void macs_are_unicast_and_lower_case(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "52:54:00:84:00",
                                      "52-54-00-84-00-11",
                                      "52:54:00:84:00:1g",
                                      "53:54:00:84:00:11",
                                      "00:00:00:00:00:00",
                                      "ff:ff:ff:ff:ff:ff",
                                      "52:54:00:84:00:111"};
    char mac[NET_MAC_SIZE] = "untouched";
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(net_mac_parse(bad[i], mac));
    assert_string_equal(mac, "untouched");
    assert_true(net_mac_parse("52:54:00:AB:Cd:eF", mac));
    assert_string_equal(mac, "52:54:00:ab:cd:ef");
}

static void names_are_labels(void **state) {
    (void)state;
    char longest[65];
    memset(longest, 'a', 64);
    longest[64] = '\0';
    assert_false(net_label_valid(longest));
    longest[63] = '\0';
    assert_true(net_label_valid(longest));
    assert_true(net_label_valid("k8s-m1"));
    assert_false(net_label_valid(""));
    assert_false(net_label_valid("-a"));
    assert_false(net_label_valid("a-"));
    assert_false(net_label_valid("A"));
    assert_false(net_label_valid("a.b"));
    assert_true(net_dns_name_valid("a.b"));
    assert_false(net_dns_name_valid("a..b"));
    assert_false(net_dns_name_valid("a.b."));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_have_one_spelling),
        cmocka_unit_test(subnets_have_one_spelling),
        cmocka_unit_test(subnets_contain_and_overlap),
        cmocka_unit_test(edges_are_no_hosts),
        cmocka_unit_test(subnets_are_counted),
        cmocka_unit_test(macs_are_unicast_and_lower_case),
        cmocka_unit_test(names_are_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
