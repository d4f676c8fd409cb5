/* SPDX-License-Identifier: Apache-2.0
 * See network.h: what contradicts itself in one machine's network. */
#include "network.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MTU_USUAL = 1500 };

/* The place of link `i`, the machine's own first. */
static struct cursor place_of(const struct cursor *at, size_t i) {
    struct cursor list = cursor_key(at, "links");
    return i ? cursor_index(&list, i - 1) : *at;
}

static bool is_member(const struct network_bond *bond, const char *mac) {
    for (size_t i = 0; i < bond->n; i++)
        if (!strcasecmp(bond->cards[i], mac))
            return true;
    return false;
}

static void check_members(const struct cursor *at, const struct network *network, size_t i, const char *mac) {
    const struct network_bond *bond = &network->links[i].bond;
    struct cursor place = place_of(at, i), where = cursor_key(&place, "bond");
    for (size_t k = 0; k < bond->n; k++) {
        const char *card = bond->cards[k];
        for (size_t before = 0; before < k; before++)
            if (!strcmp(bond->cards[before], card))
                cursor_fail(&where, "the card %s twice; list each card once", card);
        for (size_t other = 0; other < network->n_links; other++)
            if (other != i && (!strcasecmp(network->links[other].mac, card) ||
                               (other < i && is_member(&network->links[other].bond, card))))
                cursor_fail(&where, "its member %s is also another link; a card is in one place", card);
        if (i && !strcasecmp(mac, card))
            cursor_fail(&where, "its member %s is the card of the machine's own link; take another card", card);
    }
    if (!i && bond->n && !is_member(bond, mac))
        cursor_fail(&where, "none of its members is `mac`, the card that the machine boots from; add %s", mac);
}

/* All VLANs stand side by side on a card or bond, also the one whose `on` is another VLAN. */
static const struct network_link *base_of(const struct network *network, const struct network_link *link) {
    while (link->on >= 0)
        link = &network->links[link->on];
    return link;
}

/* `mac` is that of the machine's own link. */
static void check_beside(const struct cursor *place, const struct network *network, size_t i, size_t before,
                         const char *mac) {
    const struct network_link *link = &network->links[i], *other = &network->links[before];
    const struct network_link *base = base_of(network, link), *others = base_of(network, other);
    const char *card = others == network->links ? mac : others->mac;
    if (base == others && link->vlan == other->vlan)
        cursor_fail(place, "the same as a link before it; give the one link both lists of addresses");
    else if (base == link && others == other && link->mac[0] && !strcasecmp(link->mac, card))
        cursor_fail(place, "the card of a link before it; name that one by `on`, and give a `vlan`, or give it all "
                           "addresses");
    if (before && link->name[0] && !strcmp(other->name, link->name))
        cursor_fail(place, "two links are called `%s`; rename one", link->name);
}

static void check_stand(const struct cursor *at, const struct network *network, size_t i, const char *mac) {
    const struct network_link *link = &network->links[i], *base = base_of(network, link);
    struct cursor place = place_of(at, i);
    for (size_t before = 0; before < i; before++)
        check_beside(&place, network, i, before, mac);
    unsigned below = base->mtu ? base->mtu : MTU_USUAL;
    if (base != link && link->mtu > below)
        cursor_fail(&place, "its MTU is %u, and %u of what it stands on; lower it, or raise the other", link->mtu,
                    below);
}

/* The subnets of all links; the machine's own address is the first. */
static size_t subnets_of(const struct network *network, const struct prefix *own, const struct prefix **ret,
                         size_t *ret_links) {
    size_t n = 0;
    ret_links[n] = 0;
    ret[n++] = own;
    for (size_t i = 0; i < network->n_links; i++)
        for (size_t k = 0; k < network->links[i].n_addresses; k++) {
            ret_links[n] = i;
            ret[n++] = &network->links[i].addresses[k];
        }
    return n;
}

enum { SUBNETS_MAX = 1 + NETWORK_LINKS_MAX * NETWORK_ADDRESSES_MAX };

static void check_addresses(const struct cursor *at, const struct prefix **subnets, const size_t *links, size_t n) {
    char text[NET_PREFIX_SIZE];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++) {
            struct cursor place = place_of(at, links[i]);
            net_prefix_text(subnets[i], text);
            if (net_prefix_same_address(subnets[i], subnets[k]))
                cursor_fail(&place, "the machine has the address %s twice; remove one", text);
            else if (links[i] != links[k] && net_prefix_overlaps(subnets[i], subnets[k]))
                cursor_fail(&place, "%s overlaps the subnet of another link; give each link a subnet of its own", text);
        }
}

static bool is_same_subnet(const struct prefix *a, const struct prefix *b) {
    return a->prefixlen == b->prefixlen && net_prefix_overlaps(a, b);
}

/* A route to a link's own subnet would take the place of the kernel's, which does not come back with its end. */
static void check_routes(const struct cursor *at, const struct network *network, const struct prefix **subnets,
                         size_t n) {
    char text[NET_PREFIX_SIZE];
    struct cursor list = cursor_key(at, "routes");
    for (size_t r = 0; r < network->n_routes; r++) {
        struct cursor own = cursor_index(&list, r);
        const struct cursor *place = list.item ? &own : at;
        const struct network_route *route = &network->routes[r];
        bool reached = false, is_own = false, is_links = false;
        for (size_t i = 0; i < n; i++) {
            is_links = is_links || is_same_subnet(subnets[i], &route->to);
            reached = reached || net_prefix_holds(subnets[i], &route->gateway);
            is_own = is_own || net_prefix_same_address(subnets[i], &route->gateway);
        }
        net_prefix_text(&route->to, text);
        if (is_links)
            cursor_fail(place, "%s is the subnet of a link, which the kernel itself has a route to; remove it", text);
        net_prefix_host_text(&route->gateway, text);
        if (!reached)
            cursor_fail(place, "the gateway %s is off every link of the machine; add the link, or correct it", text);
        else if (is_own)
            cursor_fail(place, "the gateway %s is the machine itself; name the router", text);
        for (size_t before = 0; before < r; before++)
            if (is_same_subnet(&network->routes[before].to, &route->to))
                cursor_fail(place, "two routes to the same subnet; remove one");
    }
}

void network_check(const struct cursor *at, const struct network *network, const char *mac, const struct prefix *own) {
    const struct prefix *subnets[SUBNETS_MAX];
    size_t links[SUBNETS_MAX];
    for (size_t i = 0; i < network->n_links; i++) {
        check_members(at, network, i, mac);
        if (i)
            check_stand(at, network, i, mac);
    }
    size_t n = subnets_of(network, own, subnets, links);
    check_addresses(at, subnets, links, n);
    check_routes(at, network, subnets, n);
}
