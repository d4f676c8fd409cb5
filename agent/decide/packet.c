/* SPDX-License-Identifier: Apache-2.0
 * See packet.h. */
#include "packet.h"

#include <linux/icmp.h>
#include <netinet/ip.h>
#include <string.h>

enum { ADVERTISEMENT = 1, VRRP_HEADER = 8 };

/* The bytes of the IP header with its options; 0: there are fewer. */
static size_t ip_header(const unsigned char *packet, size_t length, struct iphdr *ret) {
    if (length < sizeof(*ret))
        return 0;
    memcpy(ret, packet, sizeof(*ret));
    size_t header = ret->ihl * 4u;
    return header >= sizeof(*ret) && header <= length ? header : 0;
}

uint8_t packet_router_id(const unsigned char *packet, size_t length, struct in_addr *ret_source) {
    struct iphdr ip;
    size_t header = ip_header(packet, length, &ip);
    if (!header || length - header < VRRP_HEADER || (packet[header] & 0x0f) != ADVERTISEMENT)
        return 0;
    ret_source->s_addr = ip.saddr;
    return packet[header + 1];
}

bool packet_is_echo(const unsigned char *packet, size_t length, uint16_t id, uint16_t sequence, size_t asked) {
    struct iphdr ip;
    struct icmphdr icmp;
    size_t header = ip_header(packet, length, &ip);
    if (!header || length - header < sizeof(icmp) || length - header != asked)
        return false;
    memcpy(&icmp, packet + header, sizeof(icmp));
    return icmp.type == ICMP_ECHOREPLY && icmp.un.echo.id == htons(id) && icmp.un.echo.sequence == htons(sequence);
}
