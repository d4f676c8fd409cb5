/* SPDX-License-Identifier: Apache-2.0
 * See netlink.h. */
#include "netlink.h"
#include "rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
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
    bool has_mac = false, made_here = false;
    struct nlattr *attribute, *nested;
    mnl_attr_for_each(attribute, message, sizeof(*info)) {
        uint16_t type = mnl_attr_get_type(attribute);
        if (type == IFLA_IFNAME) {
            snprintf(link->name, sizeof(link->name), "%s", mnl_attr_get_str(attribute));
        } else if (type == IFLA_ADDRESS && mnl_attr_get_payload_len(attribute) == 6) {
            const unsigned char *m = mnl_attr_get_payload(attribute);
            snprintf(link->mac, sizeof(link->mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
            has_mac = true;
        } else if (type == IFLA_MTU) {
            link->mtu = mnl_attr_get_u32(attribute);
        } else if (type == IFLA_MASTER) {
            made_here = true; /* it is in a bridge or bond, e.g. a pod's veth */
        } else if (type == IFLA_LINKINFO) {
            mnl_attr_for_each_nested(nested, attribute) {
                if (mnl_attr_get_type(nested) == IFLA_INFO_KIND && mnl_attr_validate(nested, MNL_TYPE_STRING) == 0)
                    link->stacked = !strcmp(mnl_attr_get_str(nested), "vlan")   ? 2
                                    : !strcmp(mnl_attr_get_str(nested), "bond") ? 1
                                                                                : 0;
            }
        }
    }
    link->physical = has_mac && !made_here && strcmp(link->name, "cni0") && strcmp(link->name, "docker0");
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

static int on_address(const struct nlmsghdr *message, void *context) {
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(message);
    if (info->ifa_family != AF_INET)
        return MNL_CB_OK;
    struct address *address = netlink_next(context);
    if (!address)
        return MNL_CB_ERROR;
    address->ifindex = (int)info->ifa_index;
    address->prefixlen = info->ifa_prefixlen;
    struct nlattr *attribute;
    mnl_attr_for_each(attribute, message, sizeof(*info)) {
        if (mnl_attr_get_type(attribute) == IFA_LOCAL && mnl_attr_get_payload_len(attribute) == 4)
            memcpy(&address->in, mnl_attr_get_payload(attribute), 4);
    }
    return MNL_CB_OK;
}

int address_list(struct address *ret_addresses, size_t *ret_count, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = rtnl_request(buffer, RTM_GETADDR, NLM_F_DUMP);
    struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    info->ifa_family = AF_INET;
    struct list list = {.items = ret_addresses, .size = sizeof(*ret_addresses), .maximum = NETLINK_ADDRESSES};
    if (rtnl_talk(message, on_address, &list) < 0)
        return list_fail("addresses", &list, err);
    *ret_count = list.count;
    return 0;
}

static int change_address(const struct address *address, uint16_t type, uint16_t flags, int accepted,
                          struct error *err) {
    char buffer[RTNL_BUFFER], text[INET_ADDRSTRLEN];
    struct nlmsghdr *message = rtnl_request(buffer, type, NLM_F_ACK | flags);
    struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    info->ifa_family = AF_INET;
    info->ifa_prefixlen = address->prefixlen;
    info->ifa_index = (uint32_t)address->ifindex;
    info->ifa_scope = RT_SCOPE_UNIVERSE;
    mnl_attr_put(message, IFA_LOCAL, 4, &address->in);
    mnl_attr_put(message, IFA_ADDRESS, 4, &address->in);
    if (type == RTM_NEWADDR) {
        struct in_addr mask = {.s_addr = address->prefixlen ? htonl(~0u << (32 - address->prefixlen)) : 0};
        struct in_addr broadcast = {.s_addr = address->in.s_addr | ~mask.s_addr};
        mnl_attr_put(message, IFA_BROADCAST, 4, &broadcast);
    }
    if (rtnl_talk(message, NULL, NULL) < 0 && errno != accepted)
        return error_errno(err, errno, "%s address `%s/%u`", type == RTM_NEWADDR ? "add" : "remove",
                           inet_ntop(AF_INET, &address->in, text, sizeof(text)), address->prefixlen);
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
    if (info->rtm_family != AF_INET || info->rtm_protocol != NETLINK_PROTOCOL || info->rtm_table != RT_TABLE_MAIN)
        return MNL_CB_OK;
    struct route *route = netlink_next(context);
    if (!route)
        return MNL_CB_ERROR;
    route->prefixlen = info->rtm_dst_len;
    struct nlattr *attribute;
    mnl_attr_for_each(attribute, message, sizeof(*info)) {
        uint16_t type = mnl_attr_get_type(attribute);
        if (type == RTA_DST && mnl_attr_get_payload_len(attribute) == 4)
            memcpy(&route->destination, mnl_attr_get_payload(attribute), 4);
        else if (type == RTA_GATEWAY && mnl_attr_get_payload_len(attribute) == 4)
            memcpy(&route->gateway, mnl_attr_get_payload(attribute), 4);
        else if (type == RTA_OIF)
            route->ifindex = (int)mnl_attr_get_u32(attribute);
    }
    return MNL_CB_OK;
}

int route_list(struct route *ret_routes, size_t *ret_count, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = rtnl_request(buffer, RTM_GETROUTE, NLM_F_DUMP);
    struct rtmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    info->rtm_family = AF_INET;
    struct list list = {.items = ret_routes, .size = sizeof(*ret_routes), .maximum = NETLINK_ROUTES};
    if (rtnl_talk(message, on_route, &list) < 0)
        return list_fail("routes", &list, err);
    *ret_count = list.count;
    return 0;
}

static int change_route(const struct route *route, uint16_t type, uint16_t flags, int accepted, struct error *err) {
    char buffer[RTNL_BUFFER], text[INET_ADDRSTRLEN];
    struct nlmsghdr *message = rtnl_request(buffer, type, NLM_F_ACK | flags);
    struct rtmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    info->rtm_family = AF_INET;
    info->rtm_dst_len = route->prefixlen;
    info->rtm_table = RT_TABLE_MAIN;
    info->rtm_protocol = NETLINK_PROTOCOL;
    info->rtm_scope = RT_SCOPE_UNIVERSE;
    info->rtm_type = RTN_UNICAST;
    if (route->prefixlen)
        mnl_attr_put(message, RTA_DST, 4, &route->destination);
    mnl_attr_put(message, RTA_GATEWAY, 4, &route->gateway);
    mnl_attr_put_u32(message, RTA_OIF, (uint32_t)route->ifindex);
    if (rtnl_talk(message, NULL, NULL) < 0 && errno != accepted)
        return error_errno(err, errno, "route %s `%s/%u`", type == RTM_NEWROUTE ? "replace" : "remove",
                           inet_ntop(AF_INET, &route->destination, text, sizeof(text)), route->prefixlen);
    return 0;
}

int route_replace(const struct route *route, struct error *err) {
    return change_route(route, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, 0, err);
}

int route_remove(const struct route *route, struct error *err) {
    return change_route(route, RTM_DELROUTE, 0, ESRCH, err);
}
