/* SPDX-License-Identifier: Apache-2.0
 * See netlink.h. */
#include "netlink.h"
#include "rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <stdio.h>
#include <string.h>

struct list {
    void *items;
    size_t size, maximum, count;
};

/* NULL with E2BIG, which ends the dump: a list that was cut is no list. */
static void *netlink_next(struct list *list) {
    if (list->count >= list->maximum) {
        errno = E2BIG;
        return NULL;
    }
    void *item = (char *)list->items + list->size * list->count++;
    memset(item, 0, list->size);
    return item;
}

static int list_fail(const char *what, const struct list *list, struct error *err) {
    return errno == E2BIG ? error_set(err, E2BIG, "this machine has more than %zu %s", list->maximum, what)
                          : error_errno(err, errno, "list %s", what);
}

static void read_mac(const struct nlattr *attribute, char ret[static NET_MAC_SIZE]) {
    const unsigned char *m = mnl_attr_get_payload(attribute);
    if (mnl_attr_get_payload_len(attribute) == 6)
        snprintf(ret, NET_MAC_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

/* The kernel's numbers of the policies that we know (if_link.h: BOND_XMIT_POLICY_*), in the order of enum bond_policy.
 */
static const uint8_t policies[] = {1, 2, 0};

static void read_kind_data(const struct nlattr *data, struct link *link) {
    const struct nlattr *attribute;
    mnl_attr_for_each_nested(attribute, data) {
        uint16_t type = mnl_attr_get_type(attribute);
        if (link->kind == LINK_VLAN && type == IFLA_VLAN_ID)
            link->vlan = mnl_attr_get_u16(attribute);
        if (link->kind != LINK_BOND)
            continue;
        if (type == IFLA_BOND_MODE)
            link->how.mode = mnl_attr_get_u8(attribute) == 4 ? BOND_LACP : BOND_ACTIVE_BACKUP;
        if (type == IFLA_BOND_AD_LACP_RATE)
            link->how.fast = mnl_attr_get_u8(attribute) == 1;
        for (size_t i = 0; type == IFLA_BOND_XMIT_HASH_POLICY && i < sizeof(policies); i++)
            if (policies[i] == mnl_attr_get_u8(attribute))
                link->how.policy = (enum bond_policy)i;
    }
}

/* What a card's MAC was before the bond gave it its own. Not every driver tells the kernel a permanent one. */
static void read_member_data(const struct nlattr *data, struct link *link) {
    const struct nlattr *attribute;
    mnl_attr_for_each_nested(attribute, data) {
        if (mnl_attr_get_type(attribute) == IFLA_BOND_SLAVE_PERM_HWADDR && !link->card[0])
            read_mac(attribute, link->card);
    }
}

/* The kind comes before its data (kernel: rtnl_link_info_fill()). */
static void read_kind(const struct nlattr *info, struct link *link) {
    const struct nlattr *attribute;
    bool bonded = false;
    mnl_attr_for_each_nested(attribute, info) {
        if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND && mnl_attr_validate(attribute, MNL_TYPE_STRING) == 0)
            link->kind = !strcmp(mnl_attr_get_str(attribute), "vlan")   ? LINK_VLAN
                         : !strcmp(mnl_attr_get_str(attribute), "bond") ? LINK_BOND
                                                                        : LINK_CARD;
        if (mnl_attr_get_type(attribute) == IFLA_INFO_DATA)
            read_kind_data(attribute, link);
        if (mnl_attr_get_type(attribute) == IFLA_INFO_SLAVE_KIND && mnl_attr_validate(attribute, MNL_TYPE_STRING) == 0)
            bonded = !strcmp(mnl_attr_get_str(attribute), "bond");
        if (mnl_attr_get_type(attribute) == IFLA_INFO_SLAVE_DATA && bonded)
            read_member_data(attribute, link);
    }
}

/* The kernel's settings of IPv4 for the link, in the order of linux/ip.h (IFLA_AF_SPEC, IFLA_INET_CONF). */
static void read_family(const struct nlattr *spec, struct link *link) {
    const struct nlattr *family, *attribute;
    enum { AT = IPV4_DEVCONF_ARP_IGNORE - 1 };
    mnl_attr_for_each_nested(family, spec) {
        if (mnl_attr_get_type(family) != AF_INET)
            continue;
        mnl_attr_for_each_nested(attribute, family) {
            const uint32_t *values = mnl_attr_get_payload(attribute);
            if (mnl_attr_get_type(attribute) == IFLA_INET_CONF &&
                mnl_attr_get_payload_len(attribute) >= (AT + 1) * sizeof(*values))
                link->own_arp = values[AT] == 1;
        }
    }
}

static int on_link(const struct nlmsghdr *message, void *context) {
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
    if (info->ifi_type != ARPHRD_ETHER)
        return MNL_CB_OK;
    struct link *link = netlink_next(context);
    if (!link)
        return MNL_CB_ERROR;
    link->ifindex = info->ifi_index;
    link->carrier = info->ifi_flags & IFF_LOWER_UP;
    link->up = info->ifi_flags & IFF_UP;
    const struct nlattr *attribute;
    mnl_attr_for_each(attribute, message, sizeof(*info)) {
        uint16_t type = mnl_attr_get_type(attribute);
        if (type == IFLA_IFNAME)
            snprintf(link->name, sizeof(link->name), "%s", mnl_attr_get_str(attribute));
        else if (type == IFLA_ADDRESS)
            read_mac(attribute, link->mac);
        else if (type == IFLA_PERM_ADDRESS)
            read_mac(attribute, link->card);
        else if (type == IFLA_MTU)
            link->mtu = mnl_attr_get_u32(attribute);
        else if (type == IFLA_MAX_MTU)
            link->max_mtu = mnl_attr_get_u32(attribute);
        else if (type == IFLA_MASTER)
            link->bond = (int)mnl_attr_get_u32(attribute); /* it is in a bridge or bond, e.g. a pod's veth */
        else if (type == IFLA_LINK)
            link->parent = (int)mnl_attr_get_u32(attribute);
        else if (type == IFLA_GROUP)
            link->ours = mnl_attr_get_u32(attribute) == LINKS_OURS;
        else if (type == IFLA_LINKINFO)
            read_kind(attribute, link);
        else if (type == IFLA_AF_SPEC)
            read_family(attribute, link);
    }
    if (!link->card[0])
        memcpy(link->card, link->mac, sizeof(link->card));
    link->physical = link->mac[0] && !link->bond && strcmp(link->name, "cni0") && strcmp(link->name, "docker0");
    return MNL_CB_OK;
}

int link_list(struct link *ret_links, size_t *ret_count, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = rtnl_request(buffer, RTM_GETLINK, NLM_F_DUMP);
    mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
    struct list list = {.items = ret_links, .size = sizeof(*ret_links), .maximum = NETLINK_LINKS};
    if (rtnl_talk(message, on_link, &list) < 0)
        return list_fail("links", &list, err);
    *ret_count = list.count;
    return 0;
}

int link_up(int ifindex, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = rtnl_request(buffer, RTM_NEWLINK, NLM_F_ACK);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    info->ifi_index = ifindex;
    info->ifi_change = info->ifi_flags = IFF_UP;
    return rtnl_talk(message, NULL, NULL) < 0 ? error_errno(err, errno, "link %d up", ifindex) : 0;
}

static uint8_t size_of(uint8_t family) {
    return family == AF_INET ? 4 : 16;
}

static void read_bytes(const struct nlattr *attribute, struct prefix *ret) {
    if (mnl_attr_get_payload_len(attribute) == size_of(ret->family))
        memcpy(ret->bytes, mnl_attr_get_payload(attribute), size_of(ret->family));
}

/* IFA_LOCAL is IPv4's own; IPv6 has IFA_ADDRESS alone (rtnetlink(7)). */
static int on_address(const struct nlmsghdr *message, void *context) {
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(message);
    uint16_t own = info->ifa_family == AF_INET ? IFA_LOCAL : IFA_ADDRESS;
    if ((info->ifa_family != AF_INET && info->ifa_family != AF_INET6) ||
        (info->ifa_family == AF_INET6 && info->ifa_scope == RT_SCOPE_LINK))
        return MNL_CB_OK;
    struct address *address = netlink_next(context);
    if (!address)
        return MNL_CB_ERROR;
    address->ifindex = (int)info->ifa_index;
    address->at.family = info->ifa_family;
    address->at.prefixlen = info->ifa_prefixlen;
    const struct nlattr *attribute;
    mnl_attr_for_each(attribute, message, sizeof(*info)) {
        if (mnl_attr_get_type(attribute) == own)
            read_bytes(attribute, &address->at);
        else if (mnl_attr_get_type(attribute) == IFA_PROTO)
            address->ours = mnl_attr_get_u8(attribute) == LINKS_OURS;
    }
    return MNL_CB_OK;
}

int address_list(struct address *ret_addresses, size_t *ret_count, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = rtnl_request(buffer, RTM_GETADDR, NLM_F_DUMP);
    struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    info->ifa_family = AF_UNSPEC;
    struct list list = {.items = ret_addresses, .size = sizeof(*ret_addresses), .maximum = NETLINK_ADDRESSES};
    if (rtnl_talk(message, on_address, &list) < 0)
        return list_fail("addresses", &list, err);
    *ret_count = list.count;
    return 0;
}

/* The last address of an IPv4 subnet (RFC 919), which IPv6 does not have. Of a /31 it is the other machine's (RFC
 * 3021), to which the kernel would send broadcasts alone. */
static void put_broadcast(struct nlmsghdr *message, const struct prefix *at) {
    struct in_addr in, mask = {.s_addr = at->prefixlen ? htonl(~0u << (32 - at->prefixlen)) : 0};
    memcpy(&in, at->bytes, sizeof(in));
    struct in_addr broadcast = {.s_addr = in.s_addr | ~mask.s_addr};
    mnl_attr_put(message, IFA_BROADCAST, 4, &broadcast);
}

static int change_address(const struct address *address, uint16_t type, uint16_t flags, int accepted,
                          struct error *err) {
    char buffer[RTNL_BUFFER], text[NET_PREFIX_SIZE];
    const struct prefix *at = &address->at;
    struct nlmsghdr *message = rtnl_request(buffer, type, NLM_F_ACK | flags);
    struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    info->ifa_family = at->family;
    info->ifa_prefixlen = at->prefixlen;
    info->ifa_index = (uint32_t)address->ifindex;
    info->ifa_scope = RT_SCOPE_UNIVERSE;
    mnl_attr_put(message, IFA_LOCAL, size_of(at->family), at->bytes);
    mnl_attr_put(message, IFA_ADDRESS, size_of(at->family), at->bytes);
    if (type == RTM_NEWADDR && at->family == AF_INET && at->prefixlen < 31)
        put_broadcast(message, at);
    if (type == RTM_NEWADDR && address->ours)
        mnl_attr_put_u8(message, IFA_PROTO, LINKS_OURS);
    net_prefix_text(at, text);
    if (rtnl_talk(message, NULL, NULL) < 0 && errno != accepted)
        return error_errno(err, errno, "%s address `%s`", type == RTM_NEWADDR ? "add" : "remove", text);
    return 0;
}

int address_add(const struct address *address, struct error *err) {
    return change_address(address, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, EEXIST, err);
}

int address_remove(const struct address *address, struct error *err) {
    return change_address(address, RTM_DELADDR, 0, EADDRNOTAVAIL, err);
}

static int on_route(const struct nlmsghdr *message, void *context) {
    const struct rtmsg *info = mnl_nlmsg_get_payload(message);
    if ((info->rtm_family != AF_INET && info->rtm_family != AF_INET6) || info->rtm_protocol != LINKS_OURS ||
        info->rtm_table != RT_TABLE_MAIN)
        return MNL_CB_OK;
    struct route *route = netlink_next(context);
    if (!route)
        return MNL_CB_ERROR;
    route->to = (struct prefix){.family = info->rtm_family, .prefixlen = info->rtm_dst_len};
    route->gateway = (struct prefix){.family = info->rtm_family, .prefixlen = (uint8_t)(size_of(info->rtm_family) * 8)};
    const struct nlattr *attribute;
    mnl_attr_for_each(attribute, message, sizeof(*info)) {
        uint16_t type = mnl_attr_get_type(attribute);
        if (type == RTA_DST)
            read_bytes(attribute, &route->to);
        else if (type == RTA_GATEWAY)
            read_bytes(attribute, &route->gateway);
        else if (type == RTA_OIF)
            route->ifindex = (int)mnl_attr_get_u32(attribute);
    }
    return MNL_CB_OK;
}

int route_list(struct route *ret_routes, size_t *ret_count, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = rtnl_request(buffer, RTM_GETROUTE, NLM_F_DUMP);
    struct rtmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    info->rtm_family = AF_UNSPEC;
    struct list list = {.items = ret_routes, .size = sizeof(*ret_routes), .maximum = NETLINK_ROUTES};
    if (rtnl_talk(message, on_route, &list) < 0)
        return list_fail("routes", &list, err);
    *ret_count = list.count;
    return 0;
}

static int change_route(const struct route *route, uint16_t type, uint16_t flags, int accepted, struct error *err) {
    char buffer[RTNL_BUFFER], text[NET_PREFIX_SIZE];
    struct nlmsghdr *message = rtnl_request(buffer, type, NLM_F_ACK | flags);
    struct rtmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    uint8_t size = size_of(route->to.family);
    info->rtm_family = route->to.family;
    info->rtm_dst_len = route->to.prefixlen;
    info->rtm_table = RT_TABLE_MAIN;
    info->rtm_protocol = LINKS_OURS;
    info->rtm_scope = RT_SCOPE_UNIVERSE;
    info->rtm_type = RTN_UNICAST;
    if (route->to.prefixlen)
        mnl_attr_put(message, RTA_DST, size, route->to.bytes);
    mnl_attr_put(message, RTA_GATEWAY, size, route->gateway.bytes);
    mnl_attr_put_u32(message, RTA_OIF, (uint32_t)route->ifindex);
    net_prefix_text(&route->to, text);
    if (rtnl_talk(message, NULL, NULL) < 0 && errno != accepted)
        return error_errno(err, errno, "route %s `%s`", type == RTM_NEWROUTE ? "replace" : "remove", text);
    return 0;
}

int route_replace(const struct route *route, struct error *err) {
    return change_route(route, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, 0, err);
}

int route_remove(const struct route *route, struct error *err) {
    return change_route(route, RTM_DELROUTE, 0, ESRCH, err);
}
