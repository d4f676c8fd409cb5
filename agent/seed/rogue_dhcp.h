/* SPDX-License-Identifier: Apache-2.0
 * A rogue DHCP server: a second one on the link of our lease, that leads elsewhere. A machine that goes on with either
 * may end in the wrong network, and take the others' addresses there. So it stops, says which two they are, and asks
 * again. Servers that agree are left alone. */
#pragma once
#include "decide/lease.h"
#include "effects/dhcp.h"
#include "effects/netlink.h"
#include "effects/offers.h"

struct lease_choice {
    struct dhcp dhcp;
    struct offers offers; /* of all DHCP servers, while the initramfs asks them */
    struct lease lease;   /* taken on `link` */
    char link[IFNAMSIZ];  /* "": the address is by hand */
    bool has_rogue;       /* the last look found one */
};

/* For the lease that was just taken on `link`: remembers both. ENOTUNIQ: there is a rogue server. What came so far is
 * enough, unless there was one before: then it is waited for as long as a slow server takes. */
int rogue_dhcp_of_lease(struct lease_choice *choice, const struct link *link, const struct lease *lease,
                        struct error *err);

/* Before the machine leaves the initramfs: servers that make sure first that an address is free answer seconds later.
 * Waits for none, unless there was a rogue one before: then it asks anew. */
int rogue_dhcp_of_late(struct lease_choice *choice, struct error *err);
