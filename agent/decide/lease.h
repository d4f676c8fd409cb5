/* SPDX-License-Identifier: Apache-2.0
 * Reads a DHCP lease from the file that initramfs/lease wrote: `key=value` lines. The values are whatever some DHCP
 * server sent, so they are checked. Pure. */
#pragma once
#include "cmdline.h"
#include <netinet/in.h>

enum { LEASE_MAXIMUM = 4096 };

struct lease {
    struct in_addr address, gateway, nameserver, server; /* 0.0.0.0: not told; the address always is */
    uint8_t prefixlen;
    char seed[256]; /* option 224, the seed's URL; "" when not told */
};

/* Errors (EINVAL) name the key. Unknown keys are errors: the keys are initramfs/lease's, only the values are the
 * server's. */
int lease_parse(const char *text, struct lease *ret, struct error *err);
