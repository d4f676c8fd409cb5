/* SPDX-License-Identifier: Apache-2.0
 * What this machine's kernel and resolver know of a network segment. */
#pragma once
#include "error.h"
#include "net.h"
#include <stddef.h>

enum { SEGMENT_OWN_MAX = 64, SEGMENT_NAMESERVERS_MAX = 3 /* MAXNS of resolv.conf(5) */ };

struct segment {
    struct cidr link;       /* this machine's address on it, with its prefix length */
    struct in_addr gateway; /* of the default route by that link; zero: none */
    struct in_addr own[SEGMENT_OWN_MAX];
    size_t n_own; /* all addresses of this machine on it */
    struct in_addr nameservers[SEGMENT_NAMESERVERS_MAX];
    size_t n_nameservers; /* that machines of the segment can ask, too: without loopback */
};

/* The segment where this machine has the address `in`. */
int segment_of_own(struct in_addr in, struct segment *ret, struct error *err);

/* The smallest segment of this machine that `in` belongs to. */
int segment_around(struct in_addr in, struct segment *ret, struct error *err);
