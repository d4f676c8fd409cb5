/* SPDX-License-Identifier: Apache-2.0
 * See guard.h. Every master asks by ARP who has the VIP (RFC 826). The holder hears only strangers. The other masters
 * hear the holder, whose MAC is that of a master's own address. */
#include "guard.h"
#include "agent.h"
#include "world/world.h"

#include "log.h"
#include <string.h>

enum { ARP_MS = 450 };

static int has_address(const struct agent *agent, struct in_addr address, const char *mac, bool *ret,
                       struct error *err) {
    bool taken;
    char owner[18];
    if (agent->world->arp_probe(agent->link.ifindex, agent->link.mac, address, ARP_MS, &taken, owner, err) < 0)
        return -1;
    *ret = taken && !strcmp(owner, mac);
    return 0;
}

static int is_a_masters(const struct agent *agent, const char *mac, bool *ret, struct error *err) {
    const struct role *role = agent->role;
    *ret = false;
    for (size_t i = 0; i < role->n_peers && !*ret; i++)
        if (role->peers[i].role == NODE_MASTER && strcmp(role->peers[i].hostname, role->hostname) != 0 &&
            has_address(agent, role->peers[i].address.in, mac, ret, err) < 0)
            return -1;
    return 0;
}

/* ret_mac becomes "" when nobody or a master answers for the VIP. */
static int find_stranger(struct agent *agent, char ret_mac[static 18], struct error *err) {
    bool taken, known = false;
    if (agent->world->own_link_find(agent->role, &agent->link, err) < 0 ||
        agent->world->arp_probe(agent->link.ifindex, agent->link.mac, agent->role->vip.in, ARP_MS, &taken, ret_mac,
                                err) < 0 ||
        (taken && is_a_masters(agent, ret_mac, &known, err) < 0))
        return -1;
    if (!taken || known)
        ret_mac[0] = '\0';
    return 0;
}

void guard_vip(struct agent *agent, struct guard *guard) {
    char mac[18] = "";
    struct error err = {0};
    const char *vip = agent->role->vip.text;
    if (find_stranger(agent, mac, &err) < 0) {
        log_warning("VIP %s: %s", vip, err.message);
        return;
    }
    if (!strcmp(mac, guard->told))
        return;
    if (mac[0]) {
        log_error("VIP %s is answered by %s, which is no master's card", vip, mac);
        events_tell(
            agent, &(struct event){.step = "vip", .state = "failed", .code = SR_VIP_STOLEN},
            "VIP %s is answered by %s, which is no master's card; find its switch port and take it off: it gets "
            "the cluster's traffic",
            vip, mac);
    } else {
        log_info("VIP %s is the masters' again", vip);
        events_say(agent, "ready", "ready", 0, 0, "VIP %s is the masters' again", vip);
    }
    memcpy(guard->told, mac, sizeof(guard->told));
}
