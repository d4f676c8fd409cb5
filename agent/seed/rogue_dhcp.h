/* SPDX-License-Identifier: Apache-2.0
 * Finds a rogue DHCP server: a second one on the link of the lease, whose offer contradicts the lease. With either of
 * them the machine may end in the wrong network, and take other machines' addresses there. So it stops, names both, and
 * asks again. Servers that agree are fine. */
#pragma once
#include "decide/lease.h"
#include "effects/dhcp.h"
#include "effects/netlink.h"
#include "effects/offers.h"

struct lease_choice {
    struct dhcp dhcp;
    struct offers offers; /* of all DHCP servers, while the initramfs asks them */
    struct lease lease;   /* taken on `link` */
    char link[IFNAMSIZ];  /* "": the address was configured by hand */
    bool has_rogue;       /* the last look found one */
};

/* Judges the lease that was just taken on `link`, and remembers both. ENOTUNIQ: there is a rogue server. Looks at the
 * offers that came so far; if the last look found a rogue server, it waits as long as a slow server takes. */
int rogue_dhcp_of_lease(struct lease_choice *choice, const struct link *link, const struct lease *lease,
                        struct error *err);

/* Looks again before the machine leaves the initramfs, since servers that ping an address before they offer it answer
 * seconds later. Does not wait, unless the last look found a rogue server: then it asks all servers again. */
int rogue_dhcp_of_late(struct lease_choice *choice, struct error *err);
