/* SPDX-License-Identifier: Apache-2.0
 * See rogue_dhcp.h. */
#include "rogue_dhcp.h"

#include <stdio.h>

enum { SLOW_MS = 4000 /* dnsmasq pings an address for 3 s before it offers it, ISC dhcpd for 1 s */ };

static int judge(struct agent *agent, long wait_ms, struct error *err) {
    struct offers *offers = &agent->offers;
    if (offers_collect(offers, wait_ms, err) < 0)
        return -1;
    const struct offer *rival =
        offer_find_rogue(offers->list, offers->n, (int)if_nametoindex(agent->lease_link), &agent->lease);
    agent->has_rogue_dhcp = rival != NULL;
    return rival ? offer_describe(rival, offers->list, offers->n, &agent->lease, agent->lease_link, err) : 0;
}

int rogue_dhcp_of_lease(struct agent *agent, const struct link *link, const struct lease *lease, struct error *err) {
    snprintf(agent->lease_link, sizeof(agent->lease_link), "%s", link->name);
    agent->lease = *lease;
    return judge(agent, agent->has_rogue_dhcp ? SLOW_MS : 0, err);
}

/* udhcpc asks; its lease is one that we have. */
int rogue_dhcp_of_late(struct agent *agent, struct error *err) {
    if (!agent->lease_link[0])
        return 0;
    if (!agent->has_rogue_dhcp)
        return judge(agent, 0, err);
    if (offers_listen(&agent->offers, err) < 0 || dhcp_start(&agent->dhcp, agent->lease_link, err) < 0)
        return -1;
    int result = judge(agent, SLOW_MS, err);
    dhcp_stop(&agent->dhcp);
    dhcp_forget(agent->lease_link);
    return result;
}
