/* SPDX-License-Identifier: Apache-2.0
 * Names and numbers of an IPv4 network: addresses, subnets, MAC addresses, host names. Pure. Every parser accepts only
 * the one canonical spelling, so that equal things have equal text. */
#pragma once
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum { NET_MAC_SIZE = 18, NET_ADDRESS_SIZE = 16, NET_CIDR_SIZE = 19 }; /* text with its NUL */

struct cidr {
    struct in_addr in; /* as written: host bits are kept */
    uint8_t prefixlen; /* 0..32 */
};

/* "172.22.132.11": four decimal numbers without leading zeros. */
bool net_address_parse(const char *text, struct in_addr *ret_in);
/* "172.22.132.11/24". */
bool net_cidr_parse(const char *text, struct cidr *ret_cidr);
/* Six pairs of hex digits with colons, any case; a unicast address. Writes lower case to `ret_mac`. */
bool net_mac_parse(const char *text, char ret_mac[NET_MAC_SIZE]);

/* RFC 1123 label in lower case, 1..63 bytes: what kubeadm takes as a node's name. */
bool net_label_valid(const char *text);
/* Labels with dots between them, at most 253 bytes. */
bool net_dns_name_valid(const char *text);

/* Whether a machine may have the address: not 0/8, 127/8, multicast or reserved. */
bool net_address_unicast(struct in_addr in);
/* Whether all host bits are zero. */
bool net_cidr_is_subnet(const struct cidr *cidr);
/* Whether the address is the first or last of its subnet (RFC 919); always false for /31 and /32 (RFC 3021). */
bool net_cidr_is_edge(const struct cidr *cidr);
bool net_cidr_contains(const struct cidr *cidr, struct in_addr in);
bool net_cidr_overlaps(const struct cidr *a, const struct cidr *b);
/* The index-th subnet of `prefixlen` bits inside `cidr`; false when there are fewer. */
bool net_cidr_subnet(const struct cidr *cidr, uint32_t index, uint8_t prefixlen, struct cidr *ret_cidr);

void net_address_text(struct in_addr in, char ret_text[NET_ADDRESS_SIZE]);
void net_cidr_text(const struct cidr *cidr, char ret_text[NET_CIDR_SIZE]);
