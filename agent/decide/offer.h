/* SPDX-License-Identifier: Apache-2.0
 * What other DHCP servers offer (RFC 2131), and whether it contradicts the lease that was taken. Pure. The bytes are
 * whatever somebody on the segment sent. */
#pragma once
#include "lease.h"
#include <stdbool.h>
#include <stddef.h>

struct offer {
    int ifindex; /* the caller fills in these two */
    unsigned char sender[6];
    unsigned char chaddr[6]; /* the client's MAC: whom it is for */
    struct lease lease;      /* prefixlen 0: not told */
};

/* Reads an IPv4 packet. False when it is no DHCPOFFER of an address (a proxyDHCP answer offers none), or malformed. */
bool offer_parse(const unsigned char *packet, size_t length, struct offer *ret);

/* The first offer that contradicts `lease`: another subnet, gateway or seed, where both name one. NULL: all agree, as
 * redundant servers do. Only offers received on `ifindex` count. */
const struct offer *offer_find_rogue(const struct offer *offers, size_t n, int ifindex, const struct lease *lease);

/* Both servers and what they offer, on the link called `link`, as an error with a remedy. Always returns -1. */
int offer_describe(const struct offer *rogue, const struct offer *offers, size_t n, const struct lease *lease,
                   const char *link, struct error *err);
