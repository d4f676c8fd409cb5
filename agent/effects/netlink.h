/* SPDX-License-Identifier: Apache-2.0
 * Links, addresses and routes over rtnetlink (RFC 3549, rtnetlink(7)) by libmnl. Every change is idempotent. */
#pragma once
#include "decide/links.h"
#include "error.h"
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NETLINK_LINKS = 1024,     /* a pod has one, too */
    NETLINK_ADDRESSES = 8192, /* kube-proxy's IPVS mode gives the machine one for each Service */
    NETLINK_ROUTES = 1024
};

/* The lists are whole, or -1: E2BIG when there are more than the array holds. */
int link_list(struct link *ret_links, size_t *ret_count, struct error *err);
int link_up(int ifindex, struct error *err);
/* Of both families, without link-local ones (RFC 4291, 2.5.6). */
int address_list(struct address *ret_addresses, size_t *ret_count, struct error *err);
/* With `ours` it is marked (IFA_PROTO, kernels from 5.18 on). Existing: success. */
int address_add(const struct address *address, struct error *err);
int address_remove(const struct address *address, struct error *err);           /* missing: success */
int route_list(struct route *ret_routes, size_t *ret_count, struct error *err); /* ours, of both families */
int route_replace(const struct route *route, struct error *err);
int route_remove(const struct route *route, struct error *err);
