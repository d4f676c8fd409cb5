/* SPDX-License-Identifier: Apache-2.0
 * What this machine is, as observed now: `seed-agent facts` prints it, the claim sends it. */
#pragma once
#include "buf.h"
#include "decide/disks.h"
#include "effects/netlink.h"
#include "error.h"

struct facts {
    char uuid[64];   /* SMBIOS product_uuid; "": there is none */
    char serial[64]; /* SMBIOS product_serial, or "" */
    char kernel[80];
    unsigned cpus;
    unsigned long memory_mib;
    int active_swaps, fstab_swaps;
    struct link links[NETLINK_LINKS];
    size_t n_links;
};

int facts_observe(struct facts *ret, struct error *err);
/* One JSON object. */
int facts_print(const struct facts *facts, const struct disk *disks, size_t n_disks, struct buf *ret,
                struct error *err);
