/* SPDX-License-Identifier: Apache-2.0
 * What the boot loader told us on the kernel command line. Pure. */
#pragma once
#include "error.h"

struct boot {
    char seed[256]; /* seedrack.seed=http://172.22.132.1:8080 */
    char mac[18];   /* seedrack.mac=52:54:00:84:00:11, optional: the card that booted */
};

/* Reads kernel-command-line.txt style words; the last of a key wins. Errors name the key. */
int boot_parse(const char *cmdline, struct boot *ret, struct error *err);
