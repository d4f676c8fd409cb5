/* SPDX-License-Identifier: Apache-2.0
 * Links, IPv4 addresses and routes over rtnetlink (RFC 3549, rtnetlink(7)) by libmnl. Every change is idempotent. */
#pragma once
#include "error.h"
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NETLINK_LINKS = 1024,     /* a pod has one, too */
    NETLINK_ADDRESSES = 8192, /* kube-proxy's IPVS mode gives the machine one for each Service */
    NETLINK_ROUTES = 1024,
    NETLINK_PROTOCOL = 0x5e /* the agent's routes */
};

struct link {
    int ifindex;
    char name[IFNAMSIZ];
    char mac[18]; /* "52:54:00:84:00:11" */
    bool up, carrier;
    unsigned mtu;
    unsigned stacked; /* 2: a VLAN, 1: a bond, 0: neither. The topmost carries the machine's address */
    bool physical;    /* an Ethernet card with a MAC of its own; not a loopback, tunnel or port of a pod bridge */
};

struct address {
    int ifindex;
    struct in_addr in;
    uint8_t prefixlen;
};

struct route {
    struct in_addr destination;
    uint8_t prefixlen; /* 0: default route */
    struct in_addr gateway;
    int ifindex;
};

/* The lists are whole, or -1: E2BIG when there are more than the array holds. */
int link_list(struct link *ret_links, size_t *ret_count, struct error *err);
int link_up(int ifindex, struct error *err);
int address_list(struct address *ret_addresses, size_t *ret_count, struct error *err);
int address_add(const struct address *address, struct error *err);              /* existing: success */
int address_remove(const struct address *address, struct error *err);           /* missing: success */
int route_list(struct route *ret_routes, size_t *ret_count, struct error *err); /* those of NETLINK_PROTOCOL */
int route_replace(const struct route *route, struct error *err);
int route_remove(const struct route *route, struct error *err);
