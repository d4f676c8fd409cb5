/* SPDX-License-Identifier: Apache-2.0
 * Addresses, subnets, MAC addresses, sizes: each has one spelling; and every check of lib/check.h keeps its word. */
#include "check.h"
#include "fuzz.h"
#include "net.h"
#include "size.h"

static void addresses(const char *text) {
    char address[NET_ADDRESS_SIZE], cidr_text[NET_CIDR_SIZE], mac[NET_MAC_SIZE], again[NET_MAC_SIZE];
    struct in_addr in;
    struct cidr cidr, part;
    if (net_address_parse(text, &in)) {
        net_address_text(in, address);
        demand(!strcmp(address, text));
    }
    if (net_cidr_parse(text, &cidr)) {
        net_cidr_text(&cidr, cidr_text);
        demand(!strcmp(cidr_text, text) && cidr.prefixlen <= 32);
        demand(net_cidr_contains(&cidr, cidr.in) && net_cidr_overlaps(&cidr, &cidr));
        if (net_cidr_subnet(&cidr, 1, 24, &part))
            demand(net_cidr_overlaps(&cidr, &part) && part.prefixlen == 24);
        net_cidr_is_edge(&cidr);
    }
    if (net_mac_parse(text, mac))
        demand(net_mac_parse(mac, again) && !strcmp(mac, again));
    demand(!net_label_valid(text) || net_dns_name_valid(text));
}

static void checks(const char *text) {
    static const char *(*const all[])(const char *) = {
        check_label,         check_dns_name,  check_mac,        check_address,   check_address_cidr,    check_subnet,
        check_endpoint,      check_url,       check_release,    check_api,       check_image,           check_interface,
        check_listen,        check_auth,      check_password,   check_label_key, check_label_value,     check_taint,
        check_kubelet_value, check_disk_size, check_disk_path,  check_nonce,     check_kernel_argument, check_kernel,
        check_path,          check_sha256,    check_repository, check_flag,      check_hours,           check_validity,
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        const char *expected = all[i](text);
        demand(!expected || expected[0]);
        for (const char *c = text; !expected && *c;
             c++) /* lib/check.h: no quotes, backslashes, blanks, control bytes */
            demand(*c > 0x20 && *c < 0x7f && !strchr("\"'\\", *c));
    }
    demand(check_path(text) || (text[0] != '/' && strncmp(text, "../", 3) != 0 && !strstr(text, "/../")));
    for (const char *c = text; !check_selector(text) && *c; c++)
        demand(*c >= 0x20 && *c < 0x7f);
    for (const char *c = text; !check_argument_value(text) && *c; c++)
        demand(*c >= 0x20 && *c < 0x7f && !strchr("\"'\\", *c));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    addresses(text);
    checks(text);
    free(text);
    return 0;
}
