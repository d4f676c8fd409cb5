/* SPDX-License-Identifier: Apache-2.0
 * A DHCP lease as initramfs/lease wrote it down: `key=value` lines with what the DHCP server, whoever that is, said.
 * Pure. */
#pragma once
#include "cmdline.h"
#include <netinet/in.h>

enum { LEASE_MAXIMUM = 4096 };

struct lease {
    struct in_addr address, gateway, nameserver, server; /* all but the address may be 0.0.0.0: not told */
    uint8_t prefixlen;
    char seed[256]; /* option 224, the seed's URL; "" when not told */
};

/* Errors name the key. Unknown keys are errors: the file is ours, only its values are the server's. */
int lease_parse(const char *text, struct lease *ret, struct error *err);
