/* SPDX-License-Identifier: Apache-2.0
 * What a machine's links and addresses are, and the next change on the way to what its role document says
 * (lib/network.h). Pure: effects/netlink.h observes, effects/link_change.h acts. One change after the other, each from
 * what is seen then: so a machine that lost power in between goes on, and what was done by somebody else is not done
 * again. */
#pragma once
#include "network.h"
#include "role.h"
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINKS_OURS = 0x5e /* group of the links, and protocol of the addresses and routes, that the agent made */
};

enum link_kind { LINK_CARD, LINK_BOND, LINK_VLAN };

struct link {
    int ifindex;
    char name[IFNAMSIZ];
    char mac[NET_MAC_SIZE];  /* "52:54:00:84:00:11" */
    char card[NET_MAC_SIZE]; /* that of the card itself: a bond gives its members its own MAC */
    bool up, carrier;
    unsigned mtu, max_mtu; /* max_mtu 0: the kernel does not say */
    enum link_kind kind;   /* the topmost carries the machine's address: a VLAN, else a bond, else a card */
    int parent;            /* of a VLAN: what it stands on */
    int bond;              /* ifindex of the bond or bridge that it is a member of; 0: none */
    uint16_t vlan;
    struct network_bond how; /* of a bond: mode, policy and rate */
    bool ours;               /* the agent made it, or set it up */
    bool own_arp;            /* it answers ARP for its own addresses alone (ip-sysctl.rst, arp_ignore 1) */
    bool physical; /* with a MAC of its own; not a loopback, tunnel, port of a pod bridge, or member of a bond */
};

struct address {
    int ifindex;
    struct prefix at;
    bool ours;
};

struct route {
    struct prefix to; /* of length 0: default route */
    struct prefix gateway;
    int ifindex;
};

struct links_seen {
    const struct link *links;
    size_t n_links;
    const struct address *addresses;
    size_t n_addresses;
};

enum links_action {
    LINKS_AS_WANTED, /* nothing is to be done */
    LINKS_MAKE_BOND,
    LINKS_MAKE_VLAN, /* on `ifindex` */
    LINKS_REMOVE,
    LINKS_ADD_MEMBER, /* `ifindex` becomes one of the bond `other` */
    LINKS_FREE_MEMBER,
    LINKS_TUNE_BOND, /* its policy */
    LINKS_MARK,      /* as ours */
    LINKS_OWN_ARP,   /* a further card of a segment does not answer for the VIP, which another card has */
    LINKS_RAISE,
    LINKS_SET_MTU,   /* and mark it as ours */
    LINKS_GIVE_BACK, /* a card: its MTU, the mark and ARP are as they were */
    LINKS_ADD_ADDRESS,
    LINKS_REMOVE_ADDRESS,
    LINKS_NO_CARD /* an error: `name` has the MAC of a card that is not there */
};

struct links_change {
    enum links_action action;
    int ifindex, other;
    char name[NET_MAC_SIZE]; /* of what is made or missing */
    uint16_t vlan;
    unsigned mtu;
    const struct network_bond *bond;
    struct prefix address;
};

/* The change that comes next. The machine's own address is not added here: step 8 first asks whether it is taken. */
void links_next(const struct role *role, const struct links_seen *seen, struct links_change *ret);

/* The same, until the bond and the VLAN of the machine's own link are marked as ours no longer: as the initramfs leaves
 * them. */
void links_release(const struct role *role, const struct links_seen *seen, struct links_change *ret);

/* The link that carries the machine's address, or will; NULL: there is none. */
const struct link *links_own(const struct role *role, const struct link *links, size_t n);

/* Whether `address` is the machine's own or one of its role document's, of that link. */
bool links_wants(const struct role *role, const struct links_seen *seen, const struct address *address);

/* The ifindex of the link whose subnet has the gateway; 0: it waits for its card. */
int links_of_gateway(const struct role *role, const struct links_seen *seen, const struct prefix *gateway);

/* The first further link whose card is not there: it waits, and the machine goes on without it. NULL: all are there. */
const struct network_link *links_missing(const struct role *role, const struct links_seen *seen);

/* Such as "make VLAN `eth0.20`", for an error's path. */
const char *links_action_name(enum links_action action);
