/* SPDX-License-Identifier: Apache-2.0
 * How one machine's cards become links with addresses: bonds, VLANs, MTU, further addresses and links, static routes.
 * The same words stand in the site document, for all machines and for one, and in the role document. Pure. It has no
 * pointers: a copy is whole. docs/site.md is the reference of the keys. */
#pragma once
#include "buf.h"
#include "net.h"
#include "reader.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NETWORK_LINKS_MAX = 9, /* the machine's own, and eight more */
    NETWORK_CARDS_MAX = 8, /* of a bond */
    NETWORK_ADDRESSES_MAX = 8,
    NETWORK_ROUTES_MAX = 32,
    NETWORK_VLAN_MAX = 4094, /* IEEE 802.1Q */
    NETWORK_MTU_MIN = 1280,  /* RFC 8200, 5 */
    NETWORK_MTU_MAX = 9216,
    NETWORK_NAME_SIZE = 16 /* as an interface's */
};

/* Linux' bonding.rst, as are the numbers of mode, rate and policy. */
enum bond_mode { BOND_ACTIVE_BACKUP, BOND_LACP };
enum bond_policy { BOND_LAYER34, BOND_LAYER23, BOND_LAYER2 };
extern const char *const bond_mode_names[], *const bond_policy_names[], *const bond_rate_names[];

struct network_bond {
    char cards[NETWORK_CARDS_MAX][NET_MAC_SIZE]; /* lower case */
    size_t n;                                    /* 0: no bond */
    enum bond_mode mode;
    enum bond_policy policy; /* 802.3ad: which member a packet takes */
    bool fast;               /* 802.3ad: LACP every second, not every 30 */
};

/* A card (`mac`), a bond, or what another link stands on (`on`); and the VLAN on it. */
struct network_link {
    char name[NETWORK_NAME_SIZE]; /* for `on` of others; "": it has none */
    char mac[NET_MAC_SIZE];
    struct network_bond bond;
    int on;        /* index of a link before this one, whose card or bond it shares; -1: its own */
    uint16_t vlan; /* 0: untagged */
    unsigned mtu;  /* 0: as the kernel has it */
    struct prefix addresses[NETWORK_ADDRESSES_MAX];
    size_t n_addresses;
};

struct network_route {
    struct prefix to, gateway;
};

struct network {
    struct network_link links[NETWORK_LINKS_MAX]; /* the first has the machine's address; its `addresses` are further */
    size_t n_links;
    struct network_route routes[NETWORK_ROUTES_MAX];
    size_t n_routes;
    struct prefix gateway; /* of the default route; family 0: none. The role document's `gateway` */
};

#define NETWORK_KEYS "bond", "vlan", "mtu", "addresses", "links", "routes"

/* Reads those keys of one machine's object `at`, which may be absent; what it does not say is as in `defaults`. With
 * NULL these are the defaults of all machines, which have no cards, addresses and further links of their own. */
void network_read(const struct cursor *at, const struct network *defaults, struct network *ret);

/* Reports what contradicts itself: a card in two places, a VLAN on nothing, a gateway that no link reaches. `mac` and
 * `own` are the machine's. */
void network_check(const struct cursor *at, const struct network *network, const char *mac, const struct prefix *own);

/* Appends what the kernel command line says of the machine's own link, a blank before each word: seedrack.bond, `mac`
 * first, whose MAC the bond takes; seedrack.bond_mode, if `with_mode`; seedrack.vlan (docs/boot.md). */
void network_words(const struct network *network, const char *mac, bool with_mode, struct buf *ret);

/* `mac`, the card that the machine boots from, comes first among the members of its own bond, which takes its MAC. */
void network_own_card_first(struct network *network, const char *mac);

/* Whether it says anything about the link that carries the machine's address. */
bool network_has_uplink(const struct network *network);
/* Whether it says anything at all. */
bool network_is_empty(const struct network *network);
