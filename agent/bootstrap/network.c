/* SPDX-License-Identifier: Apache-2.0
 * See network.h. Two clusters on one segment with one VIP or one virtual router id would answer for each other
 * (openshift/installer#2966). */
#include "network.h"
#include "agent.h"
#include "world/world.h"

#include "clock.h"
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { LISTEN_MS = 5000, ARP_MS = 450, CONNECT_MS = 1500 };

int network_listen(struct agent *agent, struct error *err) {
    if (agent->vrrp.fd || !role_is_master(agent->role) || agent->journal.member)
        return 0;
    if (agent->world->own_link_find(agent->role, &agent->link, err) < 0 ||
        agent->world->vrrp_listen(&agent->vrrp, agent->link.ifindex, err) < 0)
        return -1;
    return 0;
}

/* Keepalived may already run on a master of this site, when the record was rearmed and one machine comes back later. */
static bool is_our_master(const void *context, struct in_addr source) {
    const struct role *role = context;
    for (size_t i = 0; i < role->n_peers; i++)
        if (role->peers[i].role == NODE_MASTER && role->peers[i].address.in.s_addr == source.s_addr)
            return true;
    return false;
}

static int no_foreign_router(struct agent *agent, struct error *err) {
    bool found;
    struct in_addr source;
    char text[INET_ADDRSTRLEN];
    if (network_listen(agent, err) < 0)
        return -1;
    int64_t left = agent->vrrp.since_ms + LISTEN_MS - clock_boottime_ms();
    if (agent->world->vrrp_find(&agent->vrrp, agent->role->virtual_router_id, is_our_master, agent->role,
                                left > 0 ? left : 0, &found, &source, err) < 0)
        return -1;
    agent->world->vrrp_close(&agent->vrrp); /* the next attempt listens again */
    if (!found)
        return 0;
    error_fail(err, SR_VRRP_ID, EADDRINUSE, "VRRP virtual router id %u is already in use by %s",
               agent->role->virtual_router_id, inet_ntop(AF_INET, &source, text, sizeof(text)));
    return error_remedy(err, "another cluster is on this segment: change vip.virtual_router_id in the site document");
}

int network_vip_is_free(struct agent *agent, struct error *err) {
    bool taken;
    char mac[18];
    if (no_foreign_router(agent, err) < 0 || agent->world->own_link_find(agent->role, &agent->link, err) < 0 ||
        agent->world->arp_probe(agent->link.ifindex, agent->link.mac, agent->role->vip.in, ARP_MS, &taken, mac, err) <
            0)
        return -1;
    if (!taken)
        return 0;
    error_fail(err, SR_VIP_TAKEN, EADDRINUSE, "VIP %s is already in use by %s", agent->role->vip.text, mac);
    return error_remedy(err,
                        "another cluster or host answers there: stop it, or change vip.address in the site document");
}

/* The ports of kubernetes.io/docs/reference/ports-and-protocols, and HAProxy's. */
static size_t wanted_ports(const struct role *role, struct port *ret) {
    const struct {
        uint16_t number;
        bool masters_only;
    } needed[] = {{role->haproxy_port, false}, {6443, false}, {10250, false}, {2379, true}, {2380, true}};
    size_t count = 0;
    for (size_t i = 0; i < role->n_peers; i++) {
        const struct role_peer *peer = &role->peers[i];
        if (peer->role != NODE_MASTER || !strcmp(peer->hostname, role->hostname))
            continue;
        for (size_t j = 0; j < sizeof(needed) / sizeof(needed[0]) && count < PORTS_MAX; j++)
            if (!needed[j].masters_only || role_is_master(role))
                ret[count++] = (struct port){.in = peer->address.in, .number = needed[j].number};
    }
    return count;
}

int network_masters_reachable(struct agent *agent, struct error *err) {
    struct port ports[PORTS_MAX];
    size_t count = wanted_ports(agent->role, ports);
    char text[INET_ADDRSTRLEN];
    if (count == PORTS_MAX)
        return error_fail(err, SR_PORT_BLOCKED, E2BIG, "more than %d masters: not all of their ports can be probed",
                          PORTS_MAX / 5);
    if (agent->world->ports_probe(ports, count, CONNECT_MS, err) < 0)
        return -1;
    const struct port *blocked = ports_blocked(ports, count);
    if (!blocked)
        return 0;
    inet_ntop(AF_INET, &blocked->in, text, sizeof(text));
    error_fail(err, SR_PORT_BLOCKED, EHOSTUNREACH, "port %u of %s is blocked: it is silent, others there answer",
               blocked->number, text);
    return error_remedy(err, "open it in the firewall of %s and on the way there", text);
}

int network_count_masters(struct agent *agent, size_t *ret_count, struct error *err) {
    struct port ports[PORTS_MAX];
    size_t n = 0;
    *ret_count = 0;
    for (size_t i = 0; i < agent->role->n_peers && n < PORTS_MAX; i++)
        if (agent->role->peers[i].role == NODE_MASTER &&
            strcmp(agent->role->peers[i].hostname, agent->role->hostname) != 0)
            ports[n++] = (struct port){.in = agent->role->peers[i].address.in, .number = 6443};
    if (agent->world->ports_probe(ports, n, CONNECT_MS, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        *ret_count += ports[i].answer != PORT_SILENT;
    return 0;
}
