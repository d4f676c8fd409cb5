/* SPDX-License-Identifier: Apache-2.0
 * Sets up the network before there is a role document: bond, VLAN, addresses and routes as boot loader or DHCP say. */
#pragma once
#include "netlink.h"

/* A bond of `n` links (link_change.h). Existing: success. */
int uplink_bond(const char *name, const struct link *links, size_t n, const struct network_bond *bond,
                struct error *err);

/* An 802.1Q VLAN on top of `parent`. Existing: success. */
int uplink_vlan(const char *name, int parent, uint16_t id, struct error *err);

/* "172.22.132.11/24" or "fd00::11/64". Existing: success. */
int uplink_address(int ifindex, const char *address, struct error *err);

/* Sets the default route, IPv4 or IPv6; replaces an existing one. */
int uplink_gateway(int ifindex, const char *gateway, struct error *err);

/* Whether the link has an IPv4 address or an IPv6 one of global scope. */
int uplink_has_address(int ifindex, bool *ret, struct error *err);

/* Takes every IPv4 address off the link, and with them its routes. */
int uplink_clear(int ifindex, struct error *err);

/* Waits until some link has an IPv6 address of global scope (RFC 4862), at most timeout_ms; *ret_ifindex 0: none came.
 */
int uplink_await_ipv6(int timeout_ms, int *ret_ifindex, struct error *err);
