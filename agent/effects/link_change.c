/* SPDX-License-Identifier: Apache-2.0
 * See link_change.h. */
#include "link_change.h"
#include "netlink.h"
#include "rtnl.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <sys/socket.h>
#include <string.h>

enum { ACTIVE_BACKUP = 1, LACP = 4, MIIMON_MS = 100 }; /* bonding.rst */

static struct nlmsghdr *start(char *buffer, uint16_t type, int ifindex, uint16_t flags) {
    struct nlmsghdr *message = rtnl_request(buffer, type, NLM_F_ACK | flags);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    info->ifi_index = ifindex;
    return message;
}

static struct nlmsghdr *start_new(char *buffer, const char *name, bool ours) {
    struct nlmsghdr *message = start(buffer, RTM_NEWLINK, 0, NLM_F_CREATE | NLM_F_EXCL);
    mnl_attr_put_strz(message, IFLA_IFNAME, name);
    if (ours)
        mnl_attr_put_u32(message, IFLA_GROUP, LINKS_OURS);
    return message;
}

static int find(const char *name, int *ret_ifindex, struct error *err) {
    *ret_ifindex = (int)if_nametoindex(name);
    return *ret_ifindex ? 0 : error_errno(err, errno, "link `%s`", name);
}

/* The kernel's number of the policy (if_link.h: BOND_XMIT_POLICY_*). */
static uint8_t policy_number(enum bond_policy policy) {
    return policy == BOND_LAYER34 ? 1 : policy == BOND_LAYER23 ? 2 : 0;
}

static void put_bond(struct nlmsghdr *message, const struct network_bond *bond, bool whole) {
    struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, "bond");
    struct nlattr *data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
    if (whole) {
        mnl_attr_put_u8(message, IFLA_BOND_MODE, bond->mode == BOND_LACP ? LACP : ACTIVE_BACKUP);
        mnl_attr_put_u32(message, IFLA_BOND_MIIMON, MIIMON_MS);
    }
    if (whole && bond->mode == BOND_LACP)
        mnl_attr_put_u8(message, IFLA_BOND_AD_LACP_RATE, bond->fast);
    if (bond->mode == BOND_LACP)
        mnl_attr_put_u8(message, IFLA_BOND_XMIT_HASH_POLICY, policy_number(bond->policy));
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, info);
}

/* A kernel without the kind says EOPNOTSUPP. */
static int make_failed(const char *what, const char *name, struct error *err) {
    error_errno(err, errno, "make %s `%s`", what, name);
    return errno == EOPNOTSUPP ? error_remedy(err, "the kernel has no driver for it; take one of Debian's kernels")
                               : -1;
}

int link_change_make_bond(const char *name, const struct network_bond *bond, bool ours, int *ret_ifindex,
                          struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = start_new(buffer, name, ours);
    put_bond(message, bond, true);
    if (rtnl_talk(message, NULL, NULL) < 0 && errno != EEXIST)
        return make_failed("bond", name, err);
    return find(name, ret_ifindex, err);
}

int link_change_make_vlan(const char *name, int parent, uint16_t id, bool ours, struct error *err) {
    char buffer[RTNL_BUFFER];
    int vlan;
    struct nlmsghdr *message = start_new(buffer, name, ours);
    mnl_attr_put_u32(message, IFLA_LINK, (uint32_t)parent);
    struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, "vlan");
    struct nlattr *data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
    mnl_attr_put_u16(message, IFLA_VLAN_ID, id);
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, info);
    if (rtnl_talk(message, NULL, NULL) < 0 && errno != EEXIST)
        return make_failed("VLAN", name, err);
    return find(name, &vlan, err) < 0 ? -1 : link_up(vlan, err);
}

static int set_master(int ifindex, int master, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = start(buffer, RTM_NEWLINK, ifindex, 0);
    mnl_attr_put_u32(message, IFLA_MASTER, (uint32_t)master);
    return rtnl_talk(message, NULL, NULL) < 0 ? error_errno(err, errno, "link %d: master %d", ifindex, master) : 0;
}

static int set_down(int ifindex, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = start(buffer, RTM_NEWLINK, ifindex, 0);
    struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
    info->ifi_change = IFF_UP;
    return rtnl_talk(message, NULL, NULL) < 0 ? error_errno(err, errno, "link %d down", ifindex) : 0;
}

int link_change_add_member(int ifindex, int bond, struct error *err) {
    return set_down(ifindex, err) < 0 ? -1 : set_master(ifindex, bond, err);
}

static int set_group(int ifindex, bool ours, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = start(buffer, RTM_NEWLINK, ifindex, 0);
    mnl_attr_put_u32(message, IFLA_GROUP, ours ? LINKS_OURS : 0);
    return rtnl_talk(message, NULL, NULL) < 0 ? error_errno(err, errno, "link %d: group", ifindex) : 0;
}

static int set_arp(int ifindex, bool own, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = start(buffer, RTM_SETLINK, ifindex, 0);
    struct nlattr *spec = mnl_attr_nest_start(message, IFLA_AF_SPEC), *family = mnl_attr_nest_start(message, AF_INET),
                  *conf = mnl_attr_nest_start(message, IFLA_INET_CONF);
    mnl_attr_put_u32(message, IPV4_DEVCONF_ARP_IGNORE, own ? 1 : 0);
    mnl_attr_put_u32(message, IPV4_DEVCONF_ARP_ANNOUNCE, own ? 2 : 0);
    mnl_attr_nest_end(message, conf);
    mnl_attr_nest_end(message, family);
    mnl_attr_nest_end(message, spec);
    return rtnl_talk(message, NULL, NULL) < 0 ? error_errno(err, errno, "link %d", ifindex) : 0;
}

static int set_mtu(const struct links_change *change, bool ours, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = start(buffer, RTM_NEWLINK, change->ifindex, 0);
    mnl_attr_put_u32(message, IFLA_MTU, change->mtu);
    if (rtnl_talk(message, NULL, NULL) == 0)
        return set_group(change->ifindex, ours, err);
    error_errno(err, errno, "link %d: MTU %u", change->ifindex, change->mtu);
    return error_remedy(err, "the card takes no such MTU; correct `mtu` in the site document");
}

static int tune(const struct links_change *change, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = start(buffer, RTM_NEWLINK, change->ifindex, 0);
    put_bond(message, change->bond, false);
    return rtnl_talk(message, NULL, NULL) < 0 ? error_errno(err, errno, "bond %d: policy", change->ifindex) : 0;
}

static int remove_link(int ifindex, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = start(buffer, RTM_DELLINK, ifindex, 0);
    return rtnl_talk(message, NULL, NULL) < 0 && errno != ENODEV ? error_errno(err, errno, "remove link %d", ifindex)
                                                                 : 0;
}

static int apply(const struct links_change *change, struct error *err) {
    const struct address address = {.ifindex = change->ifindex, .at = change->address, .ours = true};
    int bond;
    switch (change->action) {
    case LINKS_AS_WANTED:
        return 0;
    case LINKS_MAKE_BOND:
        return link_change_make_bond(change->name, change->bond, true, &bond, err);
    case LINKS_MAKE_VLAN:
        return link_change_make_vlan(change->name, change->ifindex, change->vlan, true, err);
    case LINKS_REMOVE:
        return remove_link(change->ifindex, err);
    case LINKS_ADD_MEMBER:
        return link_change_add_member(change->ifindex, change->other, err);
    case LINKS_FREE_MEMBER:
        return set_master(change->ifindex, 0, err);
    case LINKS_TUNE_BOND:
        return tune(change, err);
    case LINKS_MARK:
        return set_group(change->ifindex, true, err);
    case LINKS_RAISE:
        return link_up(change->ifindex, err);
    case LINKS_SET_MTU:
        return set_mtu(change, true, err);
    case LINKS_OWN_ARP:
        return set_arp(change->ifindex, true, err);
    case LINKS_GIVE_BACK:
        return set_arp(change->ifindex, false, err) < 0 ? -1 : set_mtu(change, false, err);
    case LINKS_ADD_ADDRESS:
        return address_add(&address, err);
    case LINKS_REMOVE_ADDRESS:
        return address_remove(&address, err);
    case LINKS_NO_CARD:
        break;
    }
    error_fail(err, SR_LINK_CARD, ENODEV, "no card has the MAC %s", change->name);
    return error_remedy(err, "plug the card in, or correct `network` in the site document; `seed-agent facts` lists "
                             "the cards");
}

int link_change_apply(const struct links_change *change, struct error *err) {
    return apply(change, err) < 0 ? error_wrap(err, "%s", links_action_name(change->action)) : 0;
}
