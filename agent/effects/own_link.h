/* SPDX-License-Identifier: Apache-2.0
 * The link that carries this machine's address. */
#pragma once
#include "error.h"
#include "netlink.h"
#include "role.h"

struct own_link {
    int ifindex; /* 0: not looked for yet */
    int made;    /* the same of a bond or VLAN, which may be made anew under its name; 0: a card */
    char name[IFNAMSIZ], mac[18];
};

/* Finds it by the role's MAC, or by name where the role has one. A VLAN has the MAC of its bond and a bond that of a
 * card; the topmost one carries the address. SR-LINK-CARD when there is none. */
int own_link_find(const struct role *role, struct own_link *ret, struct error *err);
