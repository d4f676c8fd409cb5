/* SPDX-License-Identifier: Apache-2.0
 * DHCP offers of other servers: real ones, redundant ones, contradicting ones, and whatever bytes somebody sends. */
#include "../../lib/test/testing.h"

#include "decide/offer.h"
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { IP = 20, UDP = 8, FIXED = 240, OPTIONS = IP + UDP + FIXED, PACKET = 600, ETH0 = 2, ETH1 = 3 };

struct packet {
    unsigned char bytes[PACKET];
    size_t length;
};

static void option(struct packet *packet, unsigned char code, const void *value, size_t length) {
    packet->bytes[packet->length++] = code;
    packet->bytes[packet->length++] = (unsigned char)length;
    memcpy(packet->bytes + packet->length, value, length);
    packet->length += length;
}
static void option_address(struct packet *packet, unsigned char code, const char *text) {
    struct in_addr in;
    assert_int_equal(inet_pton(AF_INET, text, &in), 1);
    option(packet, code, &in, sizeof(in));
}
static void put_length(struct packet *packet) {
    size_t udp = packet->length - IP;
    packet->bytes[2] = (unsigned char)(packet->length >> 8), packet->bytes[3] = (unsigned char)packet->length;
    packet->bytes[IP + 4] = (unsigned char)(udp >> 8), packet->bytes[IP + 5] = (unsigned char)udp;
}

/* An offer as dnsmasq sends it; gateway and seed may be NULL. */
static struct packet made(const char *server, const char *address, const char *mask, const char *gateway,
                          const char *seed) {
    struct packet packet = {.length = OPTIONS};
    unsigned char *b = packet.bytes, *bootp = b + IP + UDP;
    b[0] = 0x45, b[9] = 17, b[IP + 1] = 67, b[IP + 3] = 68;
    bootp[0] = 2, bootp[1] = 1, bootp[2] = 6;
    memcpy(bootp + 28, "\x52\x54\x00\x84\x00\x21", 6);
    memcpy(bootp + 236, "\x63\x82\x53\x63", 4);
    assert_int_equal(inet_pton(AF_INET, address, bootp + 16), 1);
    option(&packet, 53, "\2", 1);
    option_address(&packet, 54, server);
    option_address(&packet, 1, mask);
    b[packet.length++] = 0; /* a pad */
    if (gateway)
        option_address(&packet, 3, gateway);
    if (seed)
        option(&packet, 224, seed, strlen(seed));
    b[packet.length++] = 255;
    put_length(&packet);
    return packet;
}

static struct offer parsed(const struct packet *packet, int ifindex) {
    struct offer offer = {0};
    assert_true(offer_parse(packet->bytes, packet->length, &offer));
    offer.ifindex = ifindex;
    memcpy(offer.sender, "\x52\x54\x00\x00\x00\x99", 6);
    return offer;
}

static void an_offer_is_read(void **state) {
    (void)state;
    struct packet packet =
        made("172.22.132.1", "172.22.132.21", "255.255.255.0", "172.22.132.1", "http://172.22.132.1:8080");
    struct offer offer = parsed(&packet, ETH0);
    assert_int_equal(ntohl(offer.lease.address.s_addr), 0xac168415);
    assert_int_equal(ntohl(offer.lease.server.s_addr), 0xac168401);
    assert_int_equal(ntohl(offer.lease.gateway.s_addr), 0xac168401);
    assert_int_equal(offer.lease.prefixlen, 24);
    assert_string_equal(offer.lease.seed, "http://172.22.132.1:8080");
    assert_memory_equal(offer.chaddr, "\x52\x54\x00\x84\x00\x21", 6);
}

/* A copy of exactly that many bytes, so that the sanitizer sees every byte beyond. */
static bool parse_exactly(const unsigned char *bytes, size_t length) {
    struct offer offer;
    unsigned char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    bool result = offer_parse(copy, length, &offer);
    free(copy);
    return result;
}

static void a_cut_packet_is_refused(void **state) {
    (void)state;
    struct packet packet = made("172.22.132.1", "172.22.132.21", "255.255.255.0", "172.22.132.1", NULL);
    for (size_t length = 0; length < packet.length; length++)
        assert_false(parse_exactly(packet.bytes, length));
    assert_true(parse_exactly(packet.bytes, packet.length));
}

/* Cut and with lengths that say so: in an option it is refused, between two it lacks what came after. */
static void a_short_packet_is_read_within_its_bounds(void **state) {
    (void)state;
    struct packet packet = made("172.22.132.1", "172.22.132.21", "255.255.255.0", "172.22.132.1", NULL);
    for (size_t length = IP; length < packet.length; length++) {
        struct packet cut = packet;
        cut.length = length;
        if (length >= IP + UDP)
            put_length(&cut);
        parse_exactly(cut.bytes, cut.length);
    }
}

static void every_single_byte_may_be_anything(void **state) {
    (void)state;
    struct packet packet =
        made("172.22.132.1", "172.22.132.21", "255.255.255.0", "172.22.132.1", "http://172.22.132.1:8080");
    for (size_t at = 0; at < packet.length; at++)
        for (unsigned value = 0; value < 256; value++) {
            struct packet other = packet;
            other.bytes[at] = (unsigned char)value;
            parse_exactly(other.bytes, other.length);
        }
}

static void what_is_no_offer_is_refused(void **state) {
    (void)state;
    static const struct {
        size_t at;
        unsigned char value;
    } wrong[] = {{0, 0x65},           {0, 0x44},
                 {0, 0x4f},           {9, 6},
                 {6, 0x20},           {7, 1},
                 {IP + 1, 68},        {IP + 3, 67},
                 {IP + 5, 4},         {IP + UDP, 1},
                 {IP + UDP + 1, 6},   {IP + UDP + 2, 16},
                 {IP + UDP + 236, 0}, {OPTIONS + 2, 5} /* an ACK */,
                 {OPTIONS + 1, 2},    {OPTIONS + 1, 0},
                 {OPTIONS + 4, 3},    {OPTIONS + 4, 255}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct packet packet = made("172.22.132.1", "172.22.132.21", "255.255.255.0", NULL, NULL);
        packet.bytes[wrong[i].at] = wrong[i].value;
        if (parse_exactly(packet.bytes, packet.length))
            fail_msg("byte %zu = %u was taken", wrong[i].at, wrong[i].value);
    }
    struct packet packet = made("172.22.132.1", "0.0.0.0", "255.255.255.0", NULL, NULL); /* proxyDHCP */
    assert_false(parse_exactly(packet.bytes, packet.length));
}

/* A server that sends nonsense in an option is a server, and may contradict ours. */
static void a_wrong_option_counts_as_not_told(void **state) {
    (void)state;
    struct packet packet = made("172.22.132.1", "172.22.132.21", "255.254.255.0", "255.255.255.255", "http://a\nb");
    struct offer offer = parsed(&packet, ETH0);
    assert_int_equal(offer.lease.prefixlen, 0);
    assert_int_equal(offer.lease.gateway.s_addr, 0);
    assert_string_equal(offer.lease.seed, "");
    packet = made("172.22.132.1", "172.22.132.21", "0.0.0.0", NULL, "http://172.22.132.1:8080//");
    offer = parsed(&packet, ETH0);
    assert_int_equal(offer.lease.prefixlen, 0);
    assert_string_equal(offer.lease.seed, "http://172.22.132.1:8080");
}

static void servers_that_agree_are_no_rivals(void **state) {
    (void)state;
    struct packet own =
        made("172.22.132.1", "172.22.132.21", "255.255.255.0", "172.22.132.1", "http://172.22.132.1:8080");
    struct packet redundant =
        made("172.22.132.2", "172.22.132.150", "255.255.255.0", "172.22.132.1", "http://172.22.132.1:8080");
    struct packet terse = made("172.22.132.3", "172.22.132.160", "255.255.255.0", NULL, NULL);
    struct packet elsewhere = made("10.9.9.254", "10.9.9.150", "255.255.255.0", "10.9.9.254", NULL);
    struct offer offers[] = {parsed(&own, ETH0), parsed(&redundant, ETH0), parsed(&terse, ETH0),
                             parsed(&elsewhere, ETH1)};
    assert_null(offer_find_rogue(offers, 4, ETH0, &offers[0].lease));
    assert_null(offer_find_rogue(offers, 0, ETH0, &offers[0].lease));
    assert_null(offer_find_rogue(offers, 4, ETH1, &offers[3].lease));
}

static void rivals_are_named(void **state) {
    (void)state;
    static const struct {
        const char *address, *mask, *gateway, *seed;
    } rivals[] = {
        {"10.9.9.150", "255.255.255.0", NULL, NULL},
        {"172.22.132.150", "255.255.0.0", NULL, NULL},
        {"172.22.132.150", "255.255.255.0", "172.22.132.254", NULL},
        {"172.22.132.150", "255.255.255.0", "172.22.132.1", "http://172.22.132.99:8080"},
    };
    struct packet own =
        made("172.22.132.1", "172.22.132.21", "255.255.255.0", "172.22.132.1", "http://172.22.132.1:8080");
    for (size_t i = 0; i < sizeof(rivals) / sizeof(rivals[0]); i++) {
        struct packet packet = made("10.9.9.254", rivals[i].address, rivals[i].mask, rivals[i].gateway, rivals[i].seed);
        struct offer offers[] = {parsed(&own, ETH0), parsed(&packet, ETH0)};
        struct error err = {0};
        const struct offer *rival = offer_find_rogue(offers, 2, ETH0, &offers[0].lease);
        assert_ptr_equal(rival, &offers[1]);
        assert_int_equal(offer_describe(rival, offers, 2, &offers[0].lease, "eth0", &err), -1);
        assert_non_null(strstr(
            err.message, "on eth0: 172.22.132.1 (52:54:00:00:00:99) offers 172.22.132.21/24, gateway 172.22.132.1"));
        assert_non_null(strstr(err.message, "; 10.9.9.254 (52:54:00:00:00:99) offers "));
        assert_non_null(strstr(err.message, rivals[i].address));
        assert_true(!rivals[i].seed || strstr(err.message, rivals[i].seed));
        assert_true(err.remedy[0]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offer_is_read),
        cmocka_unit_test(a_cut_packet_is_refused),
        cmocka_unit_test(a_short_packet_is_read_within_its_bounds),
        cmocka_unit_test(every_single_byte_may_be_anything),
        cmocka_unit_test(what_is_no_offer_is_refused),
        cmocka_unit_test(a_wrong_option_counts_as_not_told),
        cmocka_unit_test(servers_that_agree_are_no_rivals),
        cmocka_unit_test(rivals_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
