/* SPDX-License-Identifier: Apache-2.0
 * Names and numbers of a network: addresses, subnets, MAC addresses, host names. Pure. Every parser accepts only the
 * one canonical spelling, so that equal things have equal text. */
#pragma once
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum { NET_MAC_SIZE = 18, NET_ADDRESS_SIZE = 16, NET_CIDR_SIZE = 19, NET_PREFIX_SIZE = 50 }; /* text with its NUL */

struct cidr {
    struct in_addr in; /* as written: host bits are kept */
    uint8_t prefixlen; /* 0..32 */
};

/* An address or a subnet of either family; cidr is IPv4 alone. */
struct prefix {
    uint8_t family;    /* AF_INET or AF_INET6 (linux/socket.h); 0: none */
    uint8_t prefixlen; /* 0..32, or 0..128 */
    uint8_t bytes[16]; /* in network order; IPv4 has the first four */
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

/* "172.22.132.11/24" or "fd00:84::11/64" (RFC 5952). */
bool net_prefix_parse(const char *text, struct prefix *ret);
/* The same without a length: that of one host. */
bool net_prefix_parse_host(const char *text, struct prefix *ret);
struct prefix net_prefix_of(struct in_addr in, uint8_t prefixlen);
/* Whether `address` is of the same family and inside the subnet of `subnet`. */
bool net_prefix_holds(const struct prefix *subnet, const struct prefix *address);
bool net_prefix_overlaps(const struct prefix *a, const struct prefix *b);
bool net_prefix_same_address(const struct prefix *a, const struct prefix *b); /* the prefix length does not matter */
bool net_prefix_is_subnet(const struct prefix *prefix);                       /* all host bits are zero */
/* Whether a machine may have the address beside others: no loopback, multicast or link-local one, and no edge. */
bool net_prefix_is_host(const struct prefix *prefix);
void net_prefix_text(const struct prefix *prefix, char ret_text[NET_PREFIX_SIZE]);
void net_prefix_host_text(const struct prefix *prefix, char ret_text[NET_PREFIX_SIZE]); /* without the length */
