/* SPDX-License-Identifier: Apache-2.0
 * Reads a DHCP lease from the file that initramfs/lease wrote: `key=value` lines. The values are whatever some DHCP
 * server sent, so they are checked. Pure. */
#pragma once
#include "cmdline.h"
#include <netinet/in.h>

enum { LEASE_MAXIMUM = 4096, LEASE_SEED_SIZE = 256 };

struct lease {
    struct in_addr address, gateway, nameserver, server; /* 0.0.0.0: not told; the address always is */
    uint8_t prefixlen;                                   /* without a mask that makes sense: of the address's class */
    char seed[LEASE_SEED_SIZE];                          /* option 224, the seed's URL; "" when not told */
    char ignored[96]; /* the last value that made no sense, "gateway `evil`"; "": none */
};

/* A lease is used when it has an address: no other value stops a boot; one that makes no sense counts as not told.
 * Errors (EINVAL) name the key. Unknown keys are errors: the keys are initramfs/lease's, only the values are the
 * server's. */
int lease_parse(const char *text, struct lease *ret, struct error *err);

/* The URL in option 224 without what servers add: a NUL at its end (RFC 2132, 2) and slashes. false: it is no http://
 * URL of printable ASCII. */
bool lease_seed(const void *bytes, size_t length, char ret[static LEASE_SEED_SIZE]);
