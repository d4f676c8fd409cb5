/* SPDX-License-Identifier: Apache-2.0
 * See agent.h. */
#include "agent.h"

#include "clock.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

int agent_find_link(struct agent *agent, struct error *err) {
    struct link links[NETLINK_LINKS];
    size_t count;
    if (link_list(links, &count, err) < 0)
        return -1;
    const struct role *role = agent->role;
    const struct link *found =
        NULL; /* a VLAN has the MAC of its bond, a bond that of a card: the topmost carries the address */
    for (size_t i = 0; i < count; i++) {
        bool match = role->interface ? !strcmp(links[i].name, role->interface) : !strcasecmp(links[i].mac, role->mac);
        if (match && links[i].physical && (!found || links[i].stacked > found->stacked))
            found = &links[i];
    }
    if (found) {
        agent->ifindex = found->ifindex;
        snprintf(agent->interface, sizeof(agent->interface), "%s", found->name);
        snprintf(agent->own_mac, sizeof(agent->own_mac), "%s", found->mac);
        return 0;
    }
    error_fail(err, SR_LINK_CARD, -1, "no link `%s`", role->interface ? role->interface : role->mac);
    return error_remedy(err, "plug the card in, or correct `interface` or `mac` of `%s` in the site document",
                        role->hostname);
}

struct render_facts agent_render_facts(const struct agent *agent) {
    return (struct render_facts){
        .passwords = agent->passwords,
        .interface = agent->interface[0] ? agent->interface : NULL,
        /* Outside the first network namespace conntrack's limits cannot be set, and kube-proxy must not try. */
        .conntrack_readonly = access("/proc/sys/net/netfilter/nf_conntrack_max", W_OK) < 0,
    };
}

long agent_now_ms(void) {
    return (long)clock_boottime_ms();
}
