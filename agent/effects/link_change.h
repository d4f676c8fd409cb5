/* SPDX-License-Identifier: Apache-2.0
 * Makes and changes links over rtnetlink (rtnetlink(7), bonding.rst), as decide/links.h says. */
#pragma once
#include "decide/links.h"
#include "error.h"

/* One change; LINKS_AS_WANTED is none. SR-LINK-CARD when its card is not there. */
int link_change_apply(const struct links_change *change, struct error *err);

/* A bond whose links are checked every 100 ms; existing: success. `ours`: it is marked (LINKS_OURS). */
int link_change_make_bond(const char *name, const struct network_bond *bond, bool ours, int *ret_ifindex,
                          struct error *err);
/* The link goes down: a bond takes no other. */
int link_change_add_member(int ifindex, int bond, struct error *err);
/* An 802.1Q VLAN; existing: success. */
int link_change_make_vlan(const char *name, int parent, uint16_t id, bool ours, struct error *err);
