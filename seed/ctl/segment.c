/* SPDX-License-Identifier: Apache-2.0
 * See segment.h. */
#include "segment.h"

#include "check.h"
#include "cleanup.h"
#include "effects/netlink.h"
#include "effects/rtnl.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct cidr segment_cidr(const struct address *address) {
    struct cidr cidr = {.prefixlen = address->at.prefixlen};
    memcpy(&cidr.in, address->at.bytes, sizeof(cidr.in));
    return cidr;
}

/* Returns the link's ifindex; 0: none has the address, or none holds it. */
static int find_link(const struct address *addresses, size_t n, struct in_addr in, bool own, struct cidr *ret) {
    int ifindex = 0;
    for (size_t i = 0; i < n; i++) {
        struct cidr cidr = segment_cidr(&addresses[i]);
        if (addresses[i].at.family != AF_INET || !(own ? cidr.in.s_addr == in.s_addr : net_cidr_contains(&cidr, in)) ||
            (ifindex && cidr.prefixlen <= ret->prefixlen))
            continue;
        *ret = cidr;
        ifindex = addresses[i].ifindex;
    }
    return ifindex;
}

static int find_own(const struct address *addresses, size_t n, struct segment *ret, struct error *err) {
    for (size_t i = 0; i < n; i++) {
        struct cidr cidr = segment_cidr(&addresses[i]);
        if (addresses[i].at.family != AF_INET || !net_cidr_contains(&ret->link, cidr.in))
            continue;
        if (ret->n_own == SEGMENT_OWN_MAX) {
            error_set(err, E2BIG, "this machine has more than %d addresses on one segment", SEGMENT_OWN_MAX);
            return error_remedy(err, "begin with /usr/share/doc/seedrack/examples/site.json instead");
        }
        ret->own[ret->n_own++] = cidr.in;
    }
    return 0;
}

struct default_route {
    int ifindex;
    const struct cidr *link;
    struct in_addr gateway; /* zero: none seen yet */
    uint32_t metric;
};

/* Of several the one with the lowest metric, as the kernel chooses. */
static int on_default_route(const struct nlmsghdr *message, void *context) {
    const struct rtmsg *info = mnl_nlmsg_get_payload(message);
    struct default_route *found = context;
    struct in_addr gateway = {0};
    uint32_t ifindex = 0, metric = 0;
    if (info->rtm_family != AF_INET || info->rtm_dst_len || info->rtm_table != RT_TABLE_MAIN ||
        info->rtm_type != RTN_UNICAST)
        return MNL_CB_OK;
    const struct nlattr *attribute;
    mnl_attr_for_each(attribute, message, sizeof(*info)) {
        if (mnl_attr_get_payload_len(attribute) != sizeof(uint32_t))
            continue;
        if (mnl_attr_get_type(attribute) == RTA_GATEWAY)
            gateway.s_addr = mnl_attr_get_u32(attribute);
        else if (mnl_attr_get_type(attribute) == RTA_OIF)
            ifindex = mnl_attr_get_u32(attribute);
        else if (mnl_attr_get_type(attribute) == RTA_PRIORITY)
            metric = mnl_attr_get_u32(attribute);
    }
    if ((int)ifindex != found->ifindex || !net_address_unicast(gateway) || !net_cidr_contains(found->link, gateway) ||
        (found->gateway.s_addr && found->metric <= metric))
        return MNL_CB_OK;
    found->gateway = gateway;
    found->metric = metric;
    return MNL_CB_OK;
}

static int find_gateway(int ifindex, struct segment *ret, struct error *err) {
    char buffer[RTNL_BUFFER];
    struct nlmsghdr *message = rtnl_request(buffer, RTM_GETROUTE, NLM_F_DUMP);
    struct rtmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    struct default_route found = {.ifindex = ifindex, .link = &ret->link};
    info->rtm_family = AF_INET;
    if (rtnl_talk(message, on_default_route, &found) < 0)
        return error_errno(err, errno, "list routes");
    ret->gateway = found.gateway;
    return 0;
}

/* Without a gateway a machine asks only who is on its own segment. */
static void add_nameserver(struct segment *ret, const char *text) {
    struct in_addr in;
    if (check_address(text) || !net_address_parse(text, &in) || ret->n_nameservers == SEGMENT_NAMESERVERS_MAX ||
        (!ret->gateway.s_addr && !net_cidr_contains(&ret->link, in)))
        return;
    for (size_t i = 0; i < ret->n_nameservers; i++)
        if (ret->nameservers[i].s_addr == in.s_addr)
            return;
    ret->nameservers[ret->n_nameservers++] = in;
}

/* systemd-resolved writes its own loopback address into resolv.conf, and keeps those that it asks in a file of its own
 * (systemd-resolved.service(8)). */
static void find_nameservers(struct segment *ret) {
    static const char *const paths[] = {"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"};
    for (size_t i = 0; ret->n_nameservers == 0 && i < sizeof(paths) / sizeof(paths[0]); i++) {
        cleanup_fclose FILE *file = fopen(paths[i], "re");
        char line[1024], address[64];
        while (file && fgets(line, sizeof(line), file))
            if (sscanf(line, "nameserver %63s", address) == 1)
                add_nameserver(ret, address);
    }
}

static int segment_find(struct in_addr in, bool own, struct segment *ret, struct error *err) {
    struct address addresses[NETLINK_ADDRESSES];
    char text[NET_ADDRESS_SIZE];
    size_t n = 0;
    *ret = (struct segment){0};
    if (address_list(addresses, &n, err) < 0)
        return -1;
    int ifindex = find_link(addresses, n, in, own, &ret->link);
    net_address_text(in, text);
    if (!ifindex)
        return error_set(err, -1, own ? "%s is no address of this machine" : "no link of this machine reaches %s",
                         text);
    if (find_own(addresses, n, ret, err) < 0 || find_gateway(ifindex, ret, err) < 0)
        return -1;
    find_nameservers(ret);
    return 0;
}

int segment_of_own(struct in_addr in, struct segment *ret, struct error *err) {
    return segment_find(in, true, ret, err);
}

int segment_around(struct in_addr in, struct segment *ret, struct error *err) {
    return segment_find(in, false, ret, err);
}
