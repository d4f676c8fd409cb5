/* SPDX-License-Identifier: Apache-2.0
 * What comes from the boot loader and from DHCP servers that are not ours: the kernel command line and lease files. */
#include "../../lib/test/testing.h"

#include "decide/cmdline.h"
#include "decide/lease.h"
#include <arpa/inet.h>
#include <string.h>

static void all_keys_are_read(void **state) {
    (void)state;
    struct cmdline boot;
    struct error err = {0};
    assert_int_equal(
        cmdline_parse("BOOT_IMAGE=/boot/vmlinuz quiet seedrack.seed=http://10.0.0.1:8080/ seedrack.site=lab "
                      "seedrack.mac=52:54:00:AA:00:01 "
                      "seedrack.address=10.0.0.5/24 seedrack.gateway=10.0.0.1 seedrack.vlan=5 "
                      "seedrack.bond=52:54:00:aa:00:01,52:54:00:aa:00:02 "
                      "seedrack.offline seedrack.shell seedrack.slot=b console=ttyS0\n",
                      &boot, &err),
        0);
    assert_string_equal(boot.seed, "http://10.0.0.1:8080");
    assert_string_equal(boot.site, "lab");
    assert_string_equal(boot.mac, "52:54:00:aa:00:01");
    assert_string_equal(boot.address, "10.0.0.5/24");
    assert_string_equal(boot.gateway, "10.0.0.1");
    assert_int_equal(boot.vlan, 5);
    assert_int_equal(boot.bond.n, 2);
    assert_string_equal(boot.bond.cards[1], "52:54:00:aa:00:02");
    assert_true(boot.offline && boot.shell && boot.slot == 'b');
}

static void the_last_of_a_key_wins_and_other_words_are_the_kernels(void **state) {
    (void)state;
    struct cmdline boot;
    struct error err = {0};
    assert_int_equal(cmdline_parse("seedrack.seed=http://a:1 seedrack.seed=http://b:2 ip=dhcp vlan=7", &boot, &err), 0);
    assert_string_equal(boot.seed, "http://b:2");
    assert_int_equal(boot.vlan, 0);
    assert_int_equal(cmdline_parse("", &boot, &err), 0);
    assert_string_equal(boot.seed, "");
    assert_int_equal(cmdline_parse("seedrack.seed=http://a:1///", &boot, &err), 0);
    assert_string_equal(boot.seed, "http://a:1");
}

static void bad_words_are_named(void **state) {
    (void)state;
    static const struct {
        const char *cmdline, *named;
    } bad[] = {
        {"seedrack.seed=ftp://a", "seedrack.seed"},
        {"seedrack.seed=", "seedrack.seed"},
        {"seedrack.seed=http://", "seedrack.seed"},
        {"seedrack.seed=https:///", "seedrack.seed"},
        {"seedrack.seed=https://a:8443", "not an http:// URL"},
        {"seedrack.seed=http://a\r", "seedrack.seed"},
        {"seedrack.slot=c", "seedrack.slot"},
        {"seedrack.slot=", "seedrack.slot"},
        {"seedrack.slot=ab", "seedrack.slot"},
        {"seedrack.vlan=4095", "seedrack.vlan"},
        {"seedrack.vlan=0", "seedrack.vlan"},
        {"seedrack.vlan=-1", "seedrack.vlan"},
        {"seedrack.mac=52:54:00:84:00", "seedrack.mac"},
        {"seedrack.bond=52:54:00:84:00:01,", "seedrack.bond"},
        {"seedrack.bond=", "seedrack.bond"},
        {"seedrack.address=10.0.0.5", "seedrack.address"},
        {"seedrack.address=10.0.0.5/33", "seedrack.address"},
        {"seedrack.address=fd00::5/129", "seedrack.address"},
        {"seedrack.gateway=10.0.0", "seedrack.gateway"},
        {"seedrack.offline=1", "seedrack.offline"},
        {"seedrack.adress=10.0.0.5/24", "seedrack.adress"},
        {"seedrack.=", "seedrack."},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct cmdline boot;
        struct error err = {0};
        assert_int_equal(cmdline_parse(bad[i].cmdline, &boot, &err), -1);
        if (!strstr(err.message, bad[i].named))
            fail_msg("%s: %s", bad[i].cmdline, err.message);
    }
}

static void a_misspelt_key_is_answered_with_the_nearest(void **state) {
    (void)state;
    struct cmdline boot;
    struct error err = {0};
    assert_int_equal(cmdline_parse("seedrack.adress=10.0.0.5/24", &boot, &err), -1);
    assert_non_null(strstr(err.remedy, "seedrack.address"));
}

static void a_long_word_is_refused(void **state) {
    (void)state;
    struct cmdline boot;
    struct error err = {0};
    char cmdline[2000] = "seedrack.seed=http://";
    memset(cmdline + strlen(cmdline), 'a', 1500);
    assert_int_equal(cmdline_parse(cmdline, &boot, &err), -1);
}

static void a_lease_is_read(void **state) {
    (void)state;
    struct lease lease;
    struct error err = {0};
    assert_int_equal(
        lease_parse("address=172.22.132.21\nprefixlen=24\ngateway=172.22.132.1\nnameserver=\nserver=172.22.132.1\n"
                    "seed=687474703a2f2f3137322e32322e3133322e313a38303830\n",
                    &lease, &err),
        0);
    assert_int_equal(ntohl(lease.address.s_addr), 0xac168415);
    assert_int_equal(lease.prefixlen, 24);
    assert_int_equal(lease.nameserver.s_addr, 0);
    assert_string_equal(lease.seed, "http://172.22.132.1:8080");
}

/* What servers in the field send beside the address: no option that is not needed stops a boot. */
static void a_lease_that_is_usable_is_used(void **state) {
    (void)state;
    static const struct {
        const char *text, *seed, *ignored;
        uint8_t prefixlen;
        uint32_t gateway;
    } rows[] = {
        {"prefixlen=24\nseed=687474703a2f2f613a3100\n", "http://a:1", "", 24, 0}, /* RFC 2132, 2: a NUL at its end */
        {"prefixlen=24\nseed=687474703a2f2f613a310000\n", "http://a:1", "", 24, 0},
        {"prefixlen=24\nseed=687474703a2f2f613a312f\n", "http://a:1", "", 24, 0}, /* a slash */
        {"prefixlen=24\nseed=687474703a2f2f613a312f2f00\n", "http://a:1", "", 24, 0},
        {"prefixlen=24\nseed=6\n", "", "seed `6`", 24, 0},
        {"prefixlen=24\nseed=00\n", "", "seed `00`", 24, 0},
        {"prefixlen=24\nseed=0a0a\n", "", "seed `0a0a`", 24, 0},
        {"prefixlen=24\nseed=687474703a2f2f\n", "", "seed `687474703a2f2f`", 24, 0},
        {"prefixlen=24\nseed=66696c653a2f2f2f657463\n", "", "seed `66696c653a2f2f2f657463`", 24, 0},
        {"prefixlen=24\nseed=687474703a2f2f610a62\n", "", "seed `687474703a2f2f610a62`", 24, 0},
        {"prefixlen=24\nseed=68747470733a2f2f613a31\n", "", "seed `68747470733a2f2f613a31`", 24, 0}, /* https */
        {"prefixlen=\ngateway=172.22.132.1\n", "", "", 16, 0xac168401}, /* its class: 172 is B */
        {"", "", "", 16, 0},
        {"prefixlen=0\n", "", "prefixlen `0`", 16, 0},
        {"prefixlen=33\n", "", "prefixlen `33`", 16, 0},
        {"prefixlen=32\ngateway=172.31.1.1\n", "", "", 32, 0xac1f0101}, /* its gateway is off the link */
        {"prefixlen=24\ngateway=evil\n", "", "gateway `evil`", 24, 0},
        {"prefixlen=24\nnameserver=255.255.255.255\n", "", "nameserver `255.255.255.255`", 24, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256];
        struct lease lease;
        struct error err = {0};
        snprintf(text, sizeof(text), "address=172.22.132.21\n%s", rows[i].text);
        if (lease_parse(text, &lease, &err) < 0)
            fail_msg("%s: %s", text, err.message);
        assert_string_equal(lease.seed, rows[i].seed);
        assert_string_equal(lease.ignored, rows[i].ignored);
        assert_int_equal(lease.prefixlen, rows[i].prefixlen);
        assert_int_equal(ntohl(lease.gateway.s_addr), rows[i].gateway);
        assert_int_equal(lease.nameserver.s_addr, 0);
    }
    struct lease lease;
    struct error err = {0};
    assert_int_equal(lease_parse("address=10.0.0.5\n", &lease, &err), 0);
    assert_int_equal(lease.prefixlen, 8);
    assert_int_equal(lease_parse("address=192.168.0.5\n", &lease, &err), 0);
    assert_int_equal(lease.prefixlen, 24);
}

static void hostile_leases_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "prefixlen=24\n",
        "address=\nprefixlen=24\n",
        "address=127.0.0.1\nprefixlen=24\n",
        "address=224.0.0.1\nprefixlen=24\n",
        "address=172.22.132.21\nprefixlen=24\nother=1\n",
        "address=172.22.132.21\nprefixlen=24\nno separator\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct lease lease;
        struct error err = {0};
        if (lease_parse(bad[i], &lease, &err) != -1)
            fail_msg("accepted: %s", bad[i]);
        assert_non_null(strstr(err.message, "DHCP lease"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_keys_are_read),
        cmocka_unit_test(the_last_of_a_key_wins_and_other_words_are_the_kernels),
        cmocka_unit_test(bad_words_are_named),
        cmocka_unit_test(a_misspelt_key_is_answered_with_the_nearest),
        cmocka_unit_test(a_long_word_is_refused),
        cmocka_unit_test(a_lease_is_read),
        cmocka_unit_test(a_lease_that_is_usable_is_used),
        cmocka_unit_test(hostile_leases_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
