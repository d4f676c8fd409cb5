/* SPDX-License-Identifier: Apache-2.0
 * See links.h. */
#include "links.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MTU_USUAL = 1500, VLAN_BASE_MAX = 10 /* and a dot, and 4094 */ };

static bool is_named(const struct link *link, const char *name) {
    return link && !strcmp(link->name, name);
}

static const struct link *link_at(const struct links_seen *seen, int ifindex) {
    for (size_t i = 0; i < seen->n_links; i++)
        if (seen->links[i].ifindex == ifindex)
            return &seen->links[i];
    return NULL;
}

static const struct link *card_at(const struct links_seen *seen, const char *mac) {
    for (size_t i = 0; i < seen->n_links; i++)
        if (seen->links[i].kind == LINK_CARD && !strcasecmp(seen->links[i].card, mac))
            return &seen->links[i];
    return NULL;
}

/* bond0 is the machine's own link, which the initramfs makes, too; bond1 the first further one. */
static void bond_name(const struct network *network, size_t i, char ret[static IFNAMSIZ]) {
    unsigned number = 0;
    for (size_t k = 1; k <= i; k++)
        number += network->links[k].bond.n > 0;
    snprintf(ret, IFNAMSIZ, "bond%u", number);
}

static const struct link *bond_at(const struct network *network, const struct links_seen *seen, size_t i) {
    char name[IFNAMSIZ];
    bond_name(network, i, name);
    for (size_t k = 0; k < seen->n_links; k++)
        if (seen->links[k].kind == LINK_BOND && is_named(&seen->links[k], name))
            return &seen->links[k];
    return NULL;
}

static const struct link *vlan_on(const struct links_seen *seen, const struct link *base, uint16_t vlan) {
    for (size_t i = 0; base && i < seen->n_links; i++)
        if (seen->links[i].kind == LINK_VLAN && seen->links[i].parent == base->ifindex && seen->links[i].vlan == vlan)
            return &seen->links[i];
    return NULL;
}

static bool has_stack(const struct network *network) {
    return network->links[0].bond.n || network->links[0].vlan;
}

/* Without a word about it, the machine's own link is what the initramfs found: the topmost with its MAC. What the agent
 * made for the document is taken back by then, or belongs to another link. */
static const struct link *found_uplink(const struct role *role, const struct links_seen *seen) {
    const struct link *found = NULL;
    for (size_t i = 0; i < seen->n_links; i++) {
        const struct link *link = &seen->links[i];
        bool match = role->interface ? is_named(link, role->interface) : !strcasecmp(link->mac, role->mac);
        bool of_document = link->ours && link->kind != LINK_CARD;
        if (match && link->physical && !of_document && (!found || link->kind > found->kind))
            found = link;
    }
    return found;
}

/* What link `i` stands on: its card or bond, or that of the link that it names. */
static const struct link *base_of(const struct role *role, const struct links_seen *seen, size_t i) {
    const struct network *network = &role->network;
    const struct network_link *link = &network->links[i];
    if (link->on >= 0)
        return base_of(role, seen, (size_t)link->on);
    if (link->bond.n)
        return bond_at(network, seen, i);
    if (i)
        return card_at(seen, link->mac);
    return has_stack(network) ? card_at(seen, role->mac) : found_uplink(role, seen);
}

/* Link `i` itself; NULL: not yet. */
static const struct link *top_of(const struct role *role, const struct links_seen *seen, size_t i) {
    const struct link *base = base_of(role, seen, i);
    return role->network.links[i].vlan ? vlan_on(seen, base, role->network.links[i].vlan) : base;
}

const struct link *links_own(const struct role *role, const struct link *links, size_t n) {
    const struct links_seen seen = {.links = links, .n_links = n};
    const struct link *own = top_of(role, &seen, 0);
    return own ? own : found_uplink(role, &seen);
}

static bool change(struct links_change *ret, enum links_action action, const struct link *link) {
    ret->action = action;
    ret->ifindex = link ? link->ifindex : 0;
    return true;
}

/* A bond's mode and rate are set before it has members (bonding.rst). */
static bool differs_for_good(const struct network_bond *wanted, const struct network_bond *found) {
    return wanted->mode != found->mode || (wanted->mode == BOND_LACP && wanted->fast != found->fast);
}

static bool wants_link(const struct role *role, const struct links_seen *seen, const struct link *link) {
    for (size_t i = 0; i < role->network.n_links; i++) {
        const struct network_link *wanted = &role->network.links[i];
        if (link->kind == LINK_BOND && wanted->bond.n && bond_at(&role->network, seen, i) == link)
            return !differs_for_good(&wanted->bond, &link->how);
        if (link->kind == LINK_VLAN && wanted->vlan == link->vlan) {
            const struct link *base = base_of(role, seen, i);
            if (base && base->ifindex == link->parent)
                return true;
        }
    }
    return false;
}

/* VLANs first: they go with what they stand on. */
static bool remove_links(const struct role *role, const struct links_seen *seen, struct links_change *ret) {
    for (int kind = LINK_VLAN; kind >= LINK_BOND; kind--)
        for (size_t i = 0; i < seen->n_links; i++) {
            const struct link *link = &seen->links[i];
            bool in_the_way = link->kind == LINK_BOND && role->network.links[0].bond.n && is_named(link, "bond0");
            if ((int)link->kind == kind && (link->ours || in_the_way) && !wants_link(role, seen, link))
                return change(ret, LINKS_REMOVE, link);
        }
    return false;
}

static bool change_members(const struct network_bond *bond, const struct links_seen *seen, const struct link *link,
                           struct links_change *ret) {
    size_t present = 0;
    for (size_t i = 0; i < bond->n; i++) {
        const struct link *card = card_at(seen, bond->cards[i]);
        present += card != NULL;
        if (card && card->bond != link->ifindex) {
            ret->other = link->ifindex;
            return change(ret, LINKS_ADD_MEMBER, card);
        }
    }
    for (size_t i = 0; i < seen->n_links; i++) {
        bool listed = false;
        for (size_t k = 0; k < bond->n; k++)
            listed = listed || card_at(seen, bond->cards[k]) == &seen->links[i];
        if (seen->links[i].bond == link->ifindex && !listed)
            return change(ret, LINKS_FREE_MEMBER, &seen->links[i]);
    }
    if (present)
        return false;
    snprintf(ret->name, sizeof(ret->name), "%s", bond->cards[0]);
    return change(ret, LINKS_NO_CARD, NULL);
}

static bool change_bond(const struct network *network, const struct links_seen *seen, size_t i,
                        struct links_change *ret) {
    const struct network_bond *wanted = &network->links[i].bond;
    const struct link *link = bond_at(network, seen, i);
    char name[IFNAMSIZ];
    ret->bond = wanted;
    if (!link) {
        bond_name(network, i, name);
        snprintf(ret->name, sizeof(ret->name), "%s", name);
        return change(ret, LINKS_MAKE_BOND, NULL);
    }
    if (!link->ours)
        return change(ret, LINKS_MARK, link);
    if (wanted->mode == BOND_LACP && wanted->policy != link->how.policy)
        return change(ret, LINKS_TUNE_BOND, link);
    return change_members(wanted, seen, link, ret);
}

/* A hypervisor's card may take less (virtio, VIRTIO_NET_F_MTU). */
static unsigned usual_mtu(const struct link *link) {
    return link->max_mtu && link->max_mtu < MTU_USUAL ? link->max_mtu : MTU_USUAL;
}

static bool change_mtu(const struct link *link, unsigned wanted, struct links_change *ret) {
    ret->mtu = wanted;
    return link->mtu != wanted && change(ret, LINKS_SET_MTU, link);
}

static bool raise(const struct link *link, struct links_change *ret) {
    return link && !link->up && change(ret, LINKS_RAISE, link);
}

/* An MTU that the document says no longer is taken back. */
static bool change_base(const struct role *role, const struct links_seen *seen, size_t i, struct links_change *ret) {
    const struct network_link *wanted = &role->network.links[i];
    const struct link *base = base_of(role, seen, i);
    if (!base) {
        snprintf(ret->name, sizeof(ret->name), "%s", i ? wanted->mac : role->mac);
        return change(ret, LINKS_NO_CARD, NULL);
    }
    if (i && wanted->on < 0 && !base->ours && change(ret, LINKS_MARK, base))
        return true;
    if (wanted->on < 0 && (wanted->mtu || base->ours) &&
        change_mtu(base, wanted->mtu ? wanted->mtu : usual_mtu(base), ret))
        return true;
    return raise(base, ret);
}

static bool change_vlan(const struct role *role, const struct links_seen *seen, size_t i, struct links_change *ret) {
    const struct network_link *wanted = &role->network.links[i];
    const struct link *base = base_of(role, seen, i), *link = vlan_on(seen, base, wanted->vlan);
    if (!wanted->vlan || !base)
        return false;
    if (!link) {
        if (strlen(base->name) <= VLAN_BASE_MAX)
            snprintf(ret->name, sizeof(ret->name), "%.10s.%u", base->name, wanted->vlan);
        else /* two names of which only the ends differ must not become one */
            snprintf(ret->name, sizeof(ret->name), "v%d.%u", base->ifindex, wanted->vlan);
        ret->vlan = wanted->vlan;
        return change(ret, LINKS_MAKE_VLAN, base);
    }
    if (!link->ours)
        return change(ret, LINKS_MARK, link);
    return change_mtu(link, wanted->mtu ? wanted->mtu : base->mtu, ret) || raise(link, ret);
}

static bool has_address(const struct links_seen *seen, int ifindex, const struct prefix *address) {
    for (size_t i = 0; i < seen->n_addresses; i++)
        if (seen->addresses[i].ifindex == ifindex && net_prefix_same_address(&seen->addresses[i].at, address) &&
            seen->addresses[i].at.prefixlen == address->prefixlen)
            return true;
    return false;
}

static bool add_addresses(const struct role *role, const struct links_seen *seen, size_t i, struct links_change *ret) {
    const struct network_link *wanted = &role->network.links[i];
    const struct link *link = top_of(role, seen, i);
    if (i && !link->own_arp)
        return change(ret, LINKS_OWN_ARP, link);
    for (size_t k = 0; k < wanted->n_addresses; k++)
        if (!has_address(seen, link->ifindex, &wanted->addresses[k])) {
            ret->address = wanted->addresses[k];
            return change(ret, LINKS_ADD_ADDRESS, link);
        }
    return false;
}

bool links_wants(const struct role *role, const struct links_seen *seen, const struct address *address) {
    struct prefix own = net_prefix_of(role->address.in, role->address.prefixlen);
    for (size_t i = 0; i < role->network.n_links; i++) {
        const struct network_link *wanted = &role->network.links[i];
        const struct link *link = top_of(role, seen, i);
        if (!link || link->ifindex != address->ifindex)
            continue;
        if (i == 0 && net_prefix_same_address(&own, &address->at) && own.prefixlen == address->at.prefixlen)
            return true;
        for (size_t k = 0; k < wanted->n_addresses; k++)
            if (net_prefix_same_address(&wanted->addresses[k], &address->at) &&
                wanted->addresses[k].prefixlen == address->at.prefixlen)
                return true;
    }
    return false;
}

/* The machine's own address moves to another link only when that one has it: the machine is never without. */
static bool remove_addresses(const struct role *role, const struct links_seen *seen, struct links_change *ret) {
    struct prefix own = net_prefix_of(role->address.in, role->address.prefixlen);
    const struct link *uplink = top_of(role, seen, 0);
    bool held = uplink && has_address(seen, uplink->ifindex, &own);
    for (size_t i = 0; i < seen->n_addresses; i++) {
        const struct address *address = &seen->addresses[i];
        bool is_own = net_prefix_same_address(&address->at, &own);
        if (!address->ours || (is_own && !held) || links_wants(role, seen, address))
            continue;
        ret->address = address->at;
        return change(ret, LINKS_REMOVE_ADDRESS, link_at(seen, address->ifindex));
    }
    return false;
}

/* A further link may wait for its card. The machine's own may not: it says what is missing. */
static bool is_possible(const struct role *role, const struct links_seen *seen, size_t i) {
    const struct network_link *wanted = &role->network.links[i];
    bool there = i == 0;
    if (wanted->on >= 0)
        return is_possible(role, seen, (size_t)wanted->on);
    for (size_t k = 0; k < wanted->bond.n; k++)
        there = there || card_at(seen, wanted->bond.cards[k]);
    return there || (wanted->mac[0] && card_at(seen, wanted->mac));
}

const struct network_link *links_missing(const struct role *role, const struct links_seen *seen) {
    for (size_t i = 0; i < role->network.n_links; i++)
        if (!is_possible(role, seen, i))
            return &role->network.links[i];
    return NULL;
}

/* Cards of which the document says nothing any more. */
static bool give_back_cards(const struct role *role, const struct links_seen *seen, struct links_change *ret) {
    for (size_t i = 0; i < seen->n_links; i++) {
        const struct link *card = &seen->links[i];
        bool said = card->kind != LINK_CARD || !card->ours || card->bond;
        for (size_t k = 0; k < role->network.n_links; k++)
            said = said || base_of(role, seen, k) == card;
        if (said)
            continue;
        ret->mtu = usual_mtu(card);
        return change(ret, LINKS_GIVE_BACK, card);
    }
    return false;
}

void links_next(const struct role *role, const struct links_seen *seen, struct links_change *ret) {
    const struct network *network = &role->network;
    *ret = (struct links_change){.action = LINKS_AS_WANTED};
    if (remove_links(role, seen, ret) || give_back_cards(role, seen, ret))
        return;
    for (size_t i = 0; i < network->n_links; i++)
        if (is_possible(role, seen, i) &&
            ((network->links[i].bond.n && change_bond(network, seen, i, ret)) || change_base(role, seen, i, ret) ||
             change_vlan(role, seen, i, ret) || add_addresses(role, seen, i, ret)))
            return;
    remove_addresses(role, seen, ret);
}

void links_release(const struct role *role, const struct links_seen *seen, struct links_change *ret) {
    const struct link *stack[] = {top_of(role, seen, 0), base_of(role, seen, 0)};
    *ret = (struct links_change){.action = LINKS_AS_WANTED};
    for (size_t i = 0; i < sizeof(stack) / sizeof(stack[0]); i++)
        if (stack[i] && stack[i]->kind != LINK_CARD && stack[i]->ours) {
            ret->mtu = stack[i]->mtu;
            change(ret, LINKS_GIVE_BACK, stack[i]);
            return;
        }
}

int links_of_gateway(const struct role *role, const struct links_seen *seen, const struct prefix *gateway) {
    for (size_t i = 0; i < role->network.n_links; i++) {
        const struct network_link *wanted = &role->network.links[i];
        const struct link *link = top_of(role, seen, i);
        for (size_t k = 0; k < wanted->n_addresses; k++)
            if (net_prefix_holds(&wanted->addresses[k], gateway))
                return link ? link->ifindex : 0;
    }
    const struct link *own = links_own(role, seen->links, seen->n_links);
    return own ? own->ifindex : 0;
}

const char *links_action_name(enum links_action action) {
    static const char *const names[] = {
        "look",           "make bond", "make VLAN",   "remove",           "add to a bond",
        "take out of",    "tune bond", "mark",        "ARP of",           "up",
        "set the MTU of", "give back", "add address", "take address off", "find the card"};
    return names[action];
}
