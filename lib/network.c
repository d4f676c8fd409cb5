/* SPDX-License-Identifier: Apache-2.0
 * See network.h. */
#include "network.h"

#include "check.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

const char *const bond_mode_names[] = {"active-backup", "802.3ad", NULL};
const char *const bond_policy_names[] = {"layer3+4", "layer2+3", "layer2", NULL};
const char *const bond_rate_names[] = {"slow", "fast", NULL};

/* ADDRESS/PREFIX at the place; false: reported. */
static bool read_prefix(const struct cursor *at, reader_check check, struct prefix *ret) {
    const char *text = cursor_text(at, check);
    return text && net_prefix_parse(text, ret);
}

static void read_cards(const struct cursor *bond, struct network_bond *ret) {
    struct cursor list = cursor_key(bond, "cards");
    size_t n;
    ret->n = 0;
    if (!list.item)
        cursor_fail(bond, "no `cards`; list the MAC addresses of its members");
    if (!cursor_array(&list, NETWORK_CARDS_MAX, &n))
        return;
    if (n == 0)
        cursor_fail(&list, "empty; list the MAC addresses of its members, or remove the bond");
    for (size_t i = 0; i < n; i++) {
        struct cursor card = cursor_index(&list, i);
        const char *mac = cursor_text(&card, check_mac);
        if (mac && net_mac_parse(mac, ret->cards[ret->n]))
            ret->n++;
    }
}

static void read_bond(const struct cursor *at, bool has_cards, struct network_bond *ret) {
    static const char *const keys[] = {"mode", "lacp_rate", "transmit_hash_policy", "cards", NULL};
    struct cursor bond = cursor_key(at, "bond"), cards = cursor_key(&bond, "cards");
    if (!bond.item || !cursor_object(&bond, keys))
        return;
    ret->mode = (enum bond_mode)cursor_choice(&bond, "mode", bond_mode_names, (int)ret->mode);
    ret->policy = (enum bond_policy)cursor_choice(&bond, "transmit_hash_policy", bond_policy_names, (int)ret->policy);
    ret->fast = cursor_choice(&bond, "lacp_rate", bond_rate_names, ret->fast) == 1;
    if (has_cards)
        read_cards(&bond, ret);
    else if (cards.item)
        cursor_fail(&cards, "a machine has cards of its own; list them at each node's /network/bond");
}

static void read_addresses(const struct cursor *at, struct network_link *ret) {
    struct cursor list = cursor_key(at, "addresses");
    size_t n;
    cursor_array(&list, NETWORK_ADDRESSES_MAX, &n);
    for (size_t i = 0; i < n; i++) {
        struct cursor address = cursor_index(&list, i);
        if (read_prefix(&address, check_link_address, &ret->addresses[ret->n_addresses]))
            ret->n_addresses++;
    }
}

static void read_tag(const struct cursor *at, struct network_link *ret) {
    ret->vlan = (uint16_t)cursor_number(at, "vlan", 0, NETWORK_VLAN_MAX, ret->vlan);
    ret->mtu = (unsigned)cursor_number(at, "mtu", NETWORK_MTU_MIN, NETWORK_MTU_MAX, (long)ret->mtu);
}

/* The index of the link before `i` that has the name; -1: none has. The machine's own is called `uplink`. */
static int link_named(const struct network *network, size_t i, const char *name) {
    for (size_t k = 0; k < i; k++)
        if (!strcmp(k ? network->links[k].name : "uplink", name))
            return (int)k;
    return -1;
}

static void read_place(const struct cursor *at, const struct network *network, size_t i, struct network_link *ret) {
    const char *mac = cursor_string(at, "mac", check_mac, NULL), *on = cursor_string(at, "on", check_label, NULL);
    struct cursor on_at = cursor_key(at, "on"), bond = cursor_key(at, "bond");
    ret->on = -1;
    if (mac)
        net_mac_parse(mac, ret->mac);
    if (!!mac + !!on_at.item + !!bond.item != 1) {
        cursor_fail(at, "a link is one of `mac`, `bond` and `on`; give exactly one of them");
        return;
    }
    if (!on)
        return;
    ret->on = link_named(network, i, on);
    if (ret->on < 0)
        cursor_fail(&on_at, "a VLAN on nothing: no link before it is called `%s`; name one, or `uplink`", on);
    else if (!ret->vlan)
        cursor_fail(at, "`on` without `vlan`; give the VLAN's id");
}

static void read_links(const struct cursor *at, struct network *ret) {
    static const char *const keys[] = {"name", "mac", "bond", "on", "vlan", "mtu", "addresses", NULL};
    struct cursor list = cursor_key(at, "links");
    size_t n;
    if (!list.item)
        return;
    cursor_array(&list, NETWORK_LINKS_MAX - 1, &n);
    ret->n_links = 1;
    for (size_t i = 0; i < n; i++) {
        struct cursor link_at = cursor_index(&list, i);
        struct network_link *link = &ret->links[ret->n_links];
        *link = (struct network_link){0};
        if (!cursor_object(&link_at, keys))
            continue;
        const char *name = cursor_string(&link_at, "name", check_link_name, NULL);
        snprintf(link->name, sizeof(link->name), "%s", name ? name : "");
        read_bond(&link_at, true, &link->bond);
        read_tag(&link_at, link);
        read_place(&link_at, ret, ret->n_links, link);
        read_addresses(&link_at, link);
        ret->n_links++;
    }
}

static void read_routes(const struct cursor *at, struct network *ret) {
    static const char *const keys[] = {"to", "gateway", NULL};
    struct cursor list = cursor_key(at, "routes");
    size_t n;
    if (!list.item)
        return;
    cursor_array(&list, NETWORK_ROUTES_MAX, &n);
    ret->n_routes = 0;
    for (size_t i = 0; i < n; i++) {
        struct cursor route_at = cursor_index(&list, i);
        struct network_route route;
        if (!cursor_object(&route_at, keys))
            continue;
        const char *to = cursor_string(&route_at, "to", check_route, reader_required);
        const char *gateway = cursor_string(&route_at, "gateway", check_any_address, reader_required);
        if (!to || !gateway || !net_prefix_parse(to, &route.to) || !net_prefix_parse_host(gateway, &route.gateway))
            continue;
        if (route.to.family != route.gateway.family)
            cursor_fail(&route_at, "IPv4 and IPv6 in one route; give a gateway of the family of `to`");
        if (route.to.family == AF_INET && !route.to.prefixlen)
            cursor_fail(&route_at, "the default route of IPv4 is /network/gateway; remove it here");
        ret->routes[ret->n_routes++] = route;
    }
}

void network_read(const struct cursor *at, const struct network *defaults, struct network *ret) {
    *ret = defaults ? *defaults : (struct network){0};
    ret->n_links = 1;
    ret->links[0].on = -1;
    if (!at->item)
        return;
    read_bond(at, defaults, &ret->links[0].bond);
    read_tag(at, &ret->links[0]);
    read_routes(at, ret);
    if (!defaults)
        return;
    read_addresses(at, &ret->links[0]);
    read_links(at, ret);
}

bool network_has_uplink(const struct network *network) {
    return network->links[0].bond.n || network->links[0].vlan || network->links[0].mtu;
}

bool network_is_empty(const struct network *network) {
    return !network_has_uplink(network) && !network->links[0].n_addresses && network->n_links <= 1 &&
           !network->n_routes;
}

void network_words(const struct network *network, const char *mac, bool with_mode, struct buf *ret) {
    const struct network_link *link = &network->links[0];
    const struct network_bond *bond = &link->bond;
    if (bond->n)
        buf_addf(ret, " seedrack.bond=%s", mac);
    for (size_t i = 0; i < bond->n; i++)
        if (strcmp(bond->cards[i], mac) != 0)
            buf_addf(ret, ",%s", bond->cards[i]);
    if (bond->n && bond->mode == BOND_LACP && with_mode)
        buf_addf(ret, " seedrack.bond_mode=%s,%s,%s", bond_mode_names[bond->mode], bond_rate_names[bond->fast],
                 bond_policy_names[bond->policy]);
    if (link->vlan)
        buf_addf(ret, " seedrack.vlan=%u", link->vlan);
}

void network_own_card_first(struct network *network, const char *mac) {
    struct network_bond *bond = &network->links[0].bond;
    char first[NET_MAC_SIZE];
    for (size_t i = 1; i < bond->n; i++)
        if (!strcasecmp(bond->cards[i], mac)) {
            memcpy(first, bond->cards[i], sizeof(first));
            memcpy(bond->cards[i], bond->cards[0], sizeof(first));
            memcpy(bond->cards[0], first, sizeof(first));
        }
}
