/* SPDX-License-Identifier: Apache-2.0
 * See host_network.h. */
#include "host_network.h"
#include "world/world.h"

#include "log.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CHANGES_MAX = 256, PROBE_MS = 450 };

struct surroundings {
    struct link links[NETLINK_LINKS];
    struct address addresses[NETLINK_ADDRESSES];
    struct links_seen seen;
};

static int look(struct agent *agent, struct surroundings *ret, struct error *err) {
    ret->seen = (struct links_seen){.links = ret->links, .addresses = ret->addresses};
    return agent->world->link_list(ret->links, &ret->seen.n_links, err) < 0 ||
                   agent->world->address_list(ret->addresses, &ret->seen.n_addresses, err) < 0
               ? -1
               : 0;
}

int host_links_differ(struct agent *agent, struct error *err) {
    struct surroundings around;
    struct links_change change;
    if (look(agent, &around, err) < 0)
        return -1;
    links_next(agent->role, &around.seen, &change);
    return change.action != LINKS_AS_WANTED;
}

static void tell_missing(const struct agent *agent, const struct links_seen *seen) {
    const struct network_link *missing = links_missing(agent->role, seen);
    if (missing)
        log_warning("network: no card has the MAC %s: the link waits for it", missing->mac[0]   ? missing->mac
                                                                              : missing->bond.n ? missing->bond.cards[0]
                                                                                                : "of the link below");
}

int host_links_apply(struct agent *agent, struct error *err) {
    struct surroundings around;
    struct links_change change;
    for (unsigned i = 0; i < CHANGES_MAX; i++) {
        if (look(agent, &around, err) < 0)
            return -1;
        links_next(agent->role, &around.seen, &change);
        if (change.action == LINKS_AS_WANTED) {
            tell_missing(agent, &around.seen);
            return 0;
        }
        if (agent->world->link_change_apply(&change, err) < 0)
            return -1;
    }
    return error_set(err, ELOOP, "%d changes of links and addresses, and it still differs: somebody else changes them",
                     CHANGES_MAX);
}

int host_links_release(struct agent *agent, struct error *err) {
    struct surroundings around;
    struct links_change change;
    for (unsigned i = 0; i < CHANGES_MAX; i++) {
        if (look(agent, &around, err) < 0)
            return -1;
        links_release(agent->role, &around.seen, &change);
        if (change.action == LINKS_AS_WANTED)
            return 0;
        if (agent->world->link_change_apply(&change, err) < 0)
            return -1;
    }
    return error_set(err, ELOOP, "the machine's own link stays marked");
}

static bool is_own(const struct role *role, const struct prefix *at) {
    struct prefix own = net_prefix_of(role->address.in, role->address.prefixlen);
    return net_prefix_same_address(at, &own) && at->prefixlen == own.prefixlen;
}

/* The addresses of the machine's own link that nobody wants: a lease's. `others` may be NULL. */
static int list_others(struct agent *agent, bool *ret_held, struct address *ret_others, size_t *ret_n,
                       struct error *err) {
    struct surroundings around;
    const struct prefix vip = net_prefix_of(agent->role->vip.in, 32);
    *ret_held = false;
    *ret_n = 0;
    if (agent->world->own_link_find(agent->role, &agent->link, err) < 0 || look(agent, &around, err) < 0)
        return -1;
    for (size_t i = 0; i < around.seen.n_addresses; i++) {
        const struct address *address = &around.addresses[i];
        if (address->ifindex != agent->link.ifindex || address->at.family != AF_INET ||
            net_prefix_same_address(&address->at, &vip))
            continue;
        if (is_own(agent->role, &address->at))
            *ret_held = true;
        else if (!links_wants(agent->role, &around.seen, address) && *ret_n < NETWORK_ADDRESSES_MAX)
            ret_others[(*ret_n)++] = *address;
    }
    return 0;
}

int host_address_differs(struct agent *agent, struct error *err) {
    struct address others[NETWORK_ADDRESSES_MAX];
    bool held;
    size_t n;
    return list_others(agent, &held, others, &n, err) < 0 ? -1 : !held || n > 0;
}

/* The machine's address is a secondary one in the lease's subnet. Without this the kernel would remove it together with
 * the lease's address (ip-sysctl.rst). */
static int promote_secondaries(const struct agent *agent, struct error *err) {
    char path[96];
    snprintf(path, sizeof(path), "net/ipv4/conf/%s/promote_secondaries", agent->link.name);
    return agent->world->sysctl_write(path, "1", err);
}

/* Whether another link of this machine has it: then nobody else does, and the address moves. */
static int is_held_here(struct agent *agent, bool *ret, struct error *err) {
    struct surroundings around;
    *ret = false;
    if (look(agent, &around, err) < 0)
        return -1;
    for (size_t i = 0; i < around.seen.n_addresses; i++)
        *ret = *ret || is_own(agent->role, &around.addresses[i].at);
    return 0;
}

static int check_free(struct agent *agent, struct error *err) {
    const struct role_address *wanted = &agent->role->address;
    bool here, taken;
    char mac[NET_MAC_SIZE];
    if (is_held_here(agent, &here, err) < 0)
        return -1;
    if (here)
        return 0;
    if (agent->world->arp_probe(agent->link.ifindex, agent->link.mac, wanted->in, PROBE_MS, &taken, mac, err) < 0)
        return -1;
    if (!taken)
        return 0;
    error_fail(err, SR_HOST_ADDRESS, EADDRINUSE, "address %s is already in use by %s", wanted->text, mac);
    return error_remedy(err, "power that machine off, or give `%s` another address in the site document",
                        agent->role->hostname);
}

int host_address_apply(struct agent *agent, struct error *err) {
    struct address others[NETWORK_ADDRESSES_MAX];
    bool held;
    size_t n;
    if (list_others(agent, &held, others, &n, err) < 0 || agent->world->link_up(agent->link.ifindex, err) < 0 ||
        (!held && check_free(agent, err) < 0))
        return -1;
    struct address own = {.ifindex = agent->link.ifindex,
                          .at = net_prefix_of(agent->role->address.in, agent->role->address.prefixlen),
                          .ours = true};
    /* First add the machine's address, then remove the lease's: the machine is never without one. */
    if (promote_secondaries(agent, err) < 0 || agent->world->address_add(&own, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (agent->world->address_remove(&others[i], err) < 0)
            return -1;
    return 0;
}

/* The default route, those of the document, and one to each peer's pods. */
static size_t wanted_routes(const struct agent *agent, const struct links_seen *seen, struct route *ret) {
    const struct role *role = agent->role;
    const struct network *network = &role->network;
    size_t count = 0;
    if (network->gateway.family)
        ret[count++] = (struct route){
            .to.family = network->gateway.family, .gateway = network->gateway, .ifindex = agent->link.ifindex};
    for (size_t i = 0; i < network->n_routes; i++) {
        int ifindex = links_of_gateway(role, seen, &network->routes[i].gateway);
        if (ifindex)
            ret[count++] =
                (struct route){.to = network->routes[i].to, .gateway = network->routes[i].gateway, .ifindex = ifindex};
    }
    for (size_t i = 0; role->cni_bridge && i < role->n_peers && count < NETLINK_ROUTES; i++) {
        const struct role_peer *peer = &role->peers[i];
        struct prefix pods;
        if (!peer->pod_cidr || !strcmp(peer->hostname, role->hostname) || !net_prefix_parse(peer->pod_cidr, &pods))
            continue;
        ret[count++] =
            (struct route){.to = pods, .gateway = net_prefix_of(peer->address.in, 32), .ifindex = agent->link.ifindex};
    }
    return count;
}

static bool contains(const struct route *routes, size_t count, const struct route *route) {
    for (size_t i = 0; i < count; i++)
        if (net_prefix_same_address(&routes[i].to, &route->to) && routes[i].to.prefixlen == route->to.prefixlen &&
            net_prefix_same_address(&routes[i].gateway, &route->gateway) && routes[i].ifindex == route->ifindex)
            return true;
    return false;
}

static int reconcile_routes(struct agent *agent, bool apply, struct error *err) {
    struct route wanted[NETLINK_ROUTES], found[NETLINK_ROUTES];
    struct surroundings around;
    size_t n_found;
    int differences = 0;
    if (agent->world->own_link_find(agent->role, &agent->link, err) < 0 || look(agent, &around, err) < 0 ||
        agent->world->route_list(found, &n_found, err) < 0)
        return -1;
    size_t n_wanted = wanted_routes(agent, &around.seen, wanted);
    for (size_t i = 0; i < n_wanted; i++) {
        if (contains(found, n_found, &wanted[i]))
            continue;
        differences++;
        if (apply && agent->world->route_replace(&wanted[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n_found; i++) {
        if (contains(wanted, n_wanted, &found[i]))
            continue;
        differences++;
        if (apply && agent->world->route_remove(&found[i], err) < 0)
            return -1;
    }
    return differences > 0;
}

int host_routes_differ(struct agent *agent, struct error *err) {
    return reconcile_routes(agent, false, err);
}

int host_routes_apply(struct agent *agent, struct error *err) {
    return reconcile_routes(agent, true, err) < 0 ? -1 : 0;
}
