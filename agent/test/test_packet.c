/* SPDX-License-Identifier: Apache-2.0
 * Raw IPv4 packets: advertisements and echo replies as they are, a byte short, and of another kind. */
#include "../../lib/test/testing.h"

#include "decide/packet.h"
#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

enum { IP = 20, ICMP = 8, VRRP = 8 };

/* An IP header of `header` bytes from 172.22.132.11; the packet is zero behind it. */
static void ip(unsigned char *packet, size_t size, size_t header) {
    static const unsigned char source[] = {172, 22, 132, 11};
    memset(packet, 0, size);
    packet[0] = (unsigned char)(0x40 | header / 4);
    memcpy(packet + 12, source, sizeof(source));
}

/* What an exact copy of the first `length` bytes gives: the sanitizer sees every byte beyond. */
static uint8_t router_id(const unsigned char *packet, size_t length, struct in_addr *ret_source) {
    unsigned char *copy = test_malloc(length + !length);
    memcpy(copy, packet, length);
    uint8_t id = packet_router_id(copy, length, ret_source);
    test_free(copy);
    return id;
}
static bool is_echo(const unsigned char *packet, size_t length, size_t asked) {
    unsigned char *copy = test_malloc(length + !length);
    memcpy(copy, packet, length);
    bool is = packet_is_echo(copy, length, 0x1234, 0x0506, asked);
    test_free(copy);
    return is;
}

static void advertisement(unsigned char *packet, size_t size, size_t header) {
    ip(packet, size, header);
    packet[header] = 0x21; /* version 2, type 1 */
    packet[header + 1] = 51;
}

static void an_advertisement_has_its_router_and_its_sender(void **state) {
    (void)state;
    static const size_t headers[] = {20, 24, 60};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        unsigned char packet[80];
        struct in_addr source = {0};
        advertisement(packet, sizeof(packet), headers[i]);
        for (size_t length = 0; length < headers[i] + VRRP; length++)
            assert_int_equal(router_id(packet, length, &source), 0);
        assert_int_equal(source.s_addr, 0);
        assert_int_equal(router_id(packet, headers[i] + VRRP, &source), 51);
        assert_string_equal(inet_ntoa(source), "172.22.132.11");
        packet[headers[i]] = 0x31; /* version 3 */
        assert_int_equal(router_id(packet, sizeof(packet), &source), 51);
    }
}

static void what_is_no_advertisement_has_no_router(void **state) {
    (void)state;
    unsigned char packet[40];
    struct in_addr source = {0};
    advertisement(packet, sizeof(packet), IP);
    packet[IP] = 0x22; /* type 2 */
    assert_int_equal(router_id(packet, sizeof(packet), &source), 0);
    advertisement(packet, sizeof(packet), IP);
    packet[0] = 0x44; /* a header that is shorter than a header */
    assert_int_equal(router_id(packet, sizeof(packet), &source), 0);
    packet[0] = 0x4f; /* one that ends behind the packet */
    assert_int_equal(router_id(packet, sizeof(packet), &source), 0);
    assert_int_equal(source.s_addr, 0);
}

static void reply(unsigned char *packet, size_t size, size_t header) {
    static const unsigned char id_and_sequence[] = {0x12, 0x34, 0x05, 0x06};
    ip(packet, size, header);
    memcpy(packet + header + 4, id_and_sequence, sizeof(id_and_sequence)); /* type 0: echo reply */
}

static void an_echo_is_as_long_as_it_was_asked(void **state) {
    (void)state;
    static const size_t headers[] = {20, 24, 60};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        unsigned char packet[128];
        size_t header = headers[i], asked = 56;
        reply(packet, sizeof(packet), header);
        assert_true(is_echo(packet, header + asked, asked));
        assert_true(is_echo(packet, header + ICMP, ICMP));
        assert_false(is_echo(packet, header + asked, asked + 1));
        assert_false(is_echo(packet, header + asked, asked - 1));
        for (size_t length = 0; length < header + ICMP; length++) /* also where the lengths agree */
            assert_false(is_echo(packet, length, length < header ? 0 : length - header));
    }
}

static void an_echo_of_somebody_else_is_none(void **state) {
    (void)state;
    static const struct {
        size_t at;
        unsigned char value;
    } other[] = {{IP, 8 /* the question */},
                 {IP, 3},
                 {IP + 4, 0x13},
                 {IP + 5, 0x35},
                 {IP + 6, 0x06},
                 {IP + 7, 0x05},
                 {0, 0x44},
                 {0, 0x4f}};
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        unsigned char packet[IP + ICMP];
        reply(packet, sizeof(packet), IP);
        assert_true(is_echo(packet, sizeof(packet), ICMP));
        packet[other[i].at] = other[i].value;
        assert_false(is_echo(packet, sizeof(packet), ICMP));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_advertisement_has_its_router_and_its_sender),
        cmocka_unit_test(what_is_no_advertisement_has_no_router),
        cmocka_unit_test(an_echo_is_as_long_as_it_was_asked),
        cmocka_unit_test(an_echo_of_somebody_else_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
