/* SPDX-License-Identifier: Apache-2.0
 * See net.h. */
#include "net.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* 1..digits decimal digits, no leading zero. Returns the bytes used, 0 = no number. */
static size_t number(const char *text, size_t digits, unsigned *ret_value) {
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > digits || (n > 1 && text[0] == '0'))
        return 0;
    unsigned value = 0;
    for (size_t i = 0; i < n; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    *ret_value = value;
    return n;
}

bool net_address_parse(const char *text, struct in_addr *ret_in) {
    uint32_t address = 0;
    for (int i = 0; i < 4; i++) {
        unsigned value;
        size_t n = number(text, 3, &value);
        if (n == 0 || value > 255 || text[n] != (i < 3 ? '.' : '\0'))
            return false;
        address = address << 8 | value;
        text += n + 1;
    }
    ret_in->s_addr = htonl(address);
    return true;
}

bool net_cidr_parse(const char *text, struct cidr *ret_cidr) {
    const char *slash = strchr(text, '/');
    char address[NET_ADDRESS_SIZE];
    if (!slash || (size_t)(slash - text) >= sizeof(address))
        return false;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    unsigned prefixlen;
    size_t n = number(slash + 1, 2, &prefixlen);
    struct in_addr in;
    if (n == 0 || slash[1 + n] != '\0' || prefixlen > 32 || !net_address_parse(address, &in))
        return false;
    *ret_cidr = (struct cidr){.in = in, .prefixlen = (uint8_t)prefixlen};
    return true;
}

static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool net_mac_parse(const char *text, char ret_mac[NET_MAC_SIZE]) {
    char mac[NET_MAC_SIZE] = "";
    bool zero = true;
    if (strlen(text) != NET_MAC_SIZE - 1)
        return false;
    for (int i = 0; i < NET_MAC_SIZE - 1; i++) {
        if (i % 3 == 2 ? text[i] != ':' : hex(text[i]) < 0)
            return false;
        mac[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] | 0x20) : text[i];
        zero = zero && (mac[i] == '0' || mac[i] == ':');
    }
    if (zero || hex(mac[1]) & 1) /* IEEE 802: the lowest bit of the first byte says "group" */
        return false;
    memcpy(ret_mac, mac, sizeof(mac));
    return true;
}

static bool net_label(const char *text, size_t length) {
    if (length < 1 || length > 63 || text[0] == '-' || text[length - 1] == '-')
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") >= length;
}

bool net_label_valid(const char *text) {
    return net_label(text, strlen(text));
}

bool net_dns_name_valid(const char *text) {
    if (strlen(text) > 253)
        return false;
    for (;;) {
        size_t n = strcspn(text, ".");
        if (!net_label(text, n))
            return false;
        if (text[n] == '\0')
            return true;
        text += n + 1;
    }
}

static uint32_t mask(uint8_t prefixlen) {
    return prefixlen == 0 ? 0 : UINT32_MAX << (32 - prefixlen);
}

bool net_address_unicast(struct in_addr in) {
    uint32_t first = ntohl(in.s_addr) >> 24;
    return first != 0 && first != 127 && first < 224;
}

bool net_cidr_is_subnet(const struct cidr *cidr) {
    return (ntohl(cidr->in.s_addr) & ~mask(cidr->prefixlen)) == 0;
}

bool net_cidr_is_edge(const struct cidr *cidr) {
    uint32_t host = ntohl(cidr->in.s_addr) & ~mask(cidr->prefixlen);
    return cidr->prefixlen < 31 && (host == 0 || host == ~mask(cidr->prefixlen));
}

bool net_cidr_contains(const struct cidr *cidr, struct in_addr in) {
    return ((ntohl(cidr->in.s_addr) ^ ntohl(in.s_addr)) & mask(cidr->prefixlen)) == 0;
}

bool net_cidr_overlaps(const struct cidr *a, const struct cidr *b) {
    return a->prefixlen <= b->prefixlen ? net_cidr_contains(a, b->in) : net_cidr_contains(b, a->in);
}

bool net_cidr_subnet(const struct cidr *cidr, uint32_t index, uint8_t prefixlen, struct cidr *ret_cidr) {
    if (prefixlen < cidr->prefixlen || prefixlen > 32)
        return false;
    uint64_t count = UINT64_C(1) << (prefixlen - cidr->prefixlen);
    if (index >= count)
        return false;
    uint32_t base = ntohl(cidr->in.s_addr) & mask(cidr->prefixlen);
    uint32_t offset = prefixlen == 0 ? 0 : (uint32_t)((uint64_t)index << (32 - prefixlen));
    *ret_cidr = (struct cidr){.in.s_addr = htonl(base | offset), .prefixlen = prefixlen};
    return true;
}

void net_address_text(struct in_addr in, char ret_text[NET_ADDRESS_SIZE]) {
    uint32_t a = ntohl(in.s_addr);
    snprintf(ret_text, NET_ADDRESS_SIZE, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

void net_cidr_text(const struct cidr *cidr, char ret_text[NET_CIDR_SIZE]) {
    char address[NET_ADDRESS_SIZE];
    net_address_text(cidr->in, address);
    snprintf(ret_text, NET_CIDR_SIZE, "%s/%u", address, cidr->prefixlen & 63u);
}

bool net_prefix_parse_host(const char *text, struct prefix *ret) {
    struct prefix prefix = {0};
    char canonical[INET6_ADDRSTRLEN];
    bool v6 = strchr(text, ':');
    prefix.family = v6 ? AF_INET6 : AF_INET;
    prefix.prefixlen = v6 ? 128 : 32;
    if (inet_pton(prefix.family, text, prefix.bytes) != 1 ||
        !inet_ntop(prefix.family, prefix.bytes, canonical, sizeof(canonical)) || strcmp(text, canonical) != 0)
        return false;
    *ret = prefix;
    return true;
}

bool net_prefix_parse(const char *text, struct prefix *ret) {
    const char *slash = strchr(text, '/');
    char host[INET6_ADDRSTRLEN];
    struct prefix prefix;
    unsigned prefixlen;
    if (!slash || (size_t)(slash - text) >= sizeof(host))
        return false;
    snprintf(host, sizeof(host), "%.*s", (int)(slash - text), text);
    size_t n = number(slash + 1, 3, &prefixlen);
    if (n == 0 || slash[1 + n] || !net_prefix_parse_host(host, &prefix) || prefixlen > prefix.prefixlen)
        return false;
    prefix.prefixlen = (uint8_t)prefixlen;
    *ret = prefix;
    return true;
}

struct prefix net_prefix_of(struct in_addr in, uint8_t prefixlen) {
    struct prefix prefix = {.family = AF_INET, .prefixlen = prefixlen};
    memcpy(prefix.bytes, &in, sizeof(in));
    return prefix;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits) {
    unsigned whole = bits / 8, rest = bits % 8;
    return !memcmp(a, b, whole) && (!rest || !((a[whole] ^ b[whole]) >> (8 - rest)));
}

bool net_prefix_holds(const struct prefix *subnet, const struct prefix *address) {
    return subnet->family == address->family && same_bits(subnet->bytes, address->bytes, subnet->prefixlen);
}

bool net_prefix_overlaps(const struct prefix *a, const struct prefix *b) {
    return a->prefixlen <= b->prefixlen ? net_prefix_holds(a, b) : net_prefix_holds(b, a);
}

bool net_prefix_same_address(const struct prefix *a, const struct prefix *b) {
    return a->family == b->family && !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool net_prefix_is_subnet(const struct prefix *prefix) {
    struct prefix zero = {0};
    for (unsigned i = 0; i < sizeof(prefix->bytes); i++) {
        unsigned before = i * 8 >= prefix->prefixlen ? 0 : prefix->prefixlen - i * 8;
        zero.bytes[i] = before >= 8 ? prefix->bytes[i] : (uint8_t)(prefix->bytes[i] & ~(0xffU >> before));
    }
    return !memcmp(zero.bytes, prefix->bytes, sizeof(zero.bytes));
}

bool net_prefix_is_host(const struct prefix *prefix) {
    static const uint8_t loopback[16] = {[15] = 1}, link_local[2] = {0xfe, 0x80};
    struct cidr cidr = {.prefixlen = prefix->prefixlen};
    if (prefix->family == AF_INET6)
        return prefix->prefixlen && prefix->bytes[0] != 0xff && memcmp(prefix->bytes, loopback, 16) != 0 &&
               !same_bits(prefix->bytes, link_local, 10) &&
               (prefix->prefixlen >= 127 || !net_prefix_is_subnet(prefix)); /* RFC 4291, 2.6.1: the routers' own */
    memcpy(&cidr.in, prefix->bytes, sizeof(cidr.in));
    return prefix->prefixlen && net_address_unicast(cidr.in) && !net_cidr_is_edge(&cidr);
}

void net_prefix_host_text(const struct prefix *prefix, char ret_text[NET_PREFIX_SIZE]) {
    if (!inet_ntop(prefix->family, prefix->bytes, ret_text, NET_PREFIX_SIZE))
        ret_text[0] = '\0';
}

void net_prefix_text(const struct prefix *prefix, char ret_text[NET_PREFIX_SIZE]) {
    net_prefix_host_text(prefix, ret_text);
    size_t length = strlen(ret_text);
    snprintf(ret_text + length, NET_PREFIX_SIZE - length, "/%u", prefix->prefixlen);
}
