/* SPDX-License-Identifier: Apache-2.0
 * A second DHCP server on the link of our lease that leads elsewhere. A machine that goes on with either may end in the
 * wrong network, and take the others' addresses there; so it stops, says which two they are, and asks again. Servers
 * that agree are left alone. */
#pragma once
#include "agent.h"

/* For the lease that was just taken on `link`: remembers both. ENOTUNIQ: there is a rival. What came so far is enough,
 * unless there was a rival before: then it is waited for as long as a slow server takes. */
int rogue_dhcp_of_lease(struct agent *agent, const struct link *link, const struct lease *lease, struct error *err);

/* Before the machine leaves the initramfs: servers that make sure first that an address is free answer seconds later.
 * Waits for none, unless there was a rival before: then it asks anew. */
int rogue_dhcp_of_late(struct agent *agent, struct error *err);
