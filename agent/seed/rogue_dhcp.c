/* SPDX-License-Identifier: Apache-2.0
 * See rogue_dhcp.h. */
#include "rogue_dhcp.h"

#include <stdio.h>

enum { SLOW_MS = 4000 /* dnsmasq pings an address for 3 s before it offers it, ISC dhcpd for 1 s */ };

static int judge_offers(struct lease_choice *choice, long wait_ms, struct error *err) {
    struct offers *offers = &choice->offers;
    if (offers_collect(offers, wait_ms, err) < 0)
        return -1;
    const struct offer *rogue =
        offer_find_rogue(offers->list, offers->n, (int)if_nametoindex(choice->link), &choice->lease);
    choice->has_rogue = rogue != NULL;
    return rogue ? offer_describe(rogue, offers->list, offers->n, &choice->lease, choice->link, err) : 0;
}

int rogue_dhcp_of_lease(struct lease_choice *choice, const struct link *link, const struct lease *lease,
                        struct error *err) {
    snprintf(choice->link, sizeof(choice->link), "%s", link->name);
    choice->lease = *lease;
    return judge_offers(choice, choice->has_rogue ? SLOW_MS : 0, err);
}

/* Starts udhcpc only to make servers answer; its lease is forgotten again. */
int rogue_dhcp_of_late(struct lease_choice *choice, struct error *err) {
    if (!choice->link[0])
        return 0;
    if (!choice->has_rogue)
        return judge_offers(choice, 0, err);
    if (offers_listen(&choice->offers, err) < 0 || dhcp_start(&choice->dhcp, choice->link, err) < 0)
        return -1;
    int result = judge_offers(choice, SLOW_MS, err);
    dhcp_stop(&choice->dhcp);
    dhcp_forget(choice->link);
    return result;
}
