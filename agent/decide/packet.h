/* SPDX-License-Identifier: Apache-2.0
 * IPv4 packets as raw sockets hand them over (raw(7): with the IP header). Pure: the bytes are whatever somebody on the
 * segment sent. */
#pragma once
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The virtual router id of a VRRP advertisement (RFC 5798, 5.2) and who sent it; or 0, which no router has. */
uint8_t packet_router_id(const unsigned char *packet, size_t length, struct in_addr *ret_source);

/* Whether it is the ICMP echo reply (RFC 792) to a question of `asked` bytes, the ICMP header included. */
bool packet_is_echo(const unsigned char *packet, size_t length, uint16_t id, uint16_t sequence, size_t asked);
