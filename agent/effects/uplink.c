/* SPDX-License-Identifier: Apache-2.0
 * See uplink.h. */
#include "uplink.h"
#include "link_change.h"
#include "rtnl.h"

#include "cleanup.h"
#include "clock.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int uplink_bond(const char *name, const struct link *links, size_t n, const struct network_bond *bond,
                struct error *err) {
    int ifindex;
    if (link_change_make_bond(name, bond, false, &ifindex, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (link_change_add_member(links[i].ifindex, ifindex, err) < 0)
            return error_wrap(err, "bond: add `%s`", links[i].name);
    return link_up(ifindex, err);
}

int uplink_vlan(const char *name, int parent, uint16_t id, struct error *err) {
    return link_change_make_vlan(name, parent, id, false, err);
}

/* Binary address of either family; 0 when the text is none. */
static size_t uplink_parse(const char *text, unsigned char ret[16], unsigned char *ret_family) {
    *ret_family = strchr(text, ':') ? AF_INET6 : AF_INET;
    return inet_pton(*ret_family, text, ret) == 1 ? (*ret_family == AF_INET ? 4 : 16) : 0;
}

int uplink_address(int ifindex, const char *address, struct error *err) {
    char host[64];
    struct address new = {.ifindex = ifindex};
    snprintf(host, sizeof(host), "%.*s", (int)strcspn(address, "/"), address);
    const char *slash = strchr(address, '/');
    if (!uplink_parse(host, new.at.bytes, &new.at.family) || !slash)
        return error_set(err, EINVAL, "`%s`: not ADDRESS/PREFIX", address);
    new.at.prefixlen = (uint8_t)strtoul(slash + 1, NULL, 10);
    return address_add(&new, err);
}

int uplink_gateway(int ifindex, const char *gateway, struct error *err) {
    char buffer[RTNL_BUFFER];
    unsigned char binary[16], family;
    size_t size = uplink_parse(gateway, binary, &family);
    if (!size)
        return error_set(err, EINVAL, "gateway `%s`: not an address", gateway);
    struct nlmsghdr *message = rtnl_request(buffer, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
    struct rtmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    *info = (struct rtmsg){.rtm_family = family,
                           .rtm_table = RT_TABLE_MAIN,
                           .rtm_protocol = RTPROT_BOOT,
                           .rtm_scope = RT_SCOPE_UNIVERSE,
                           .rtm_type = RTN_UNICAST,
                           .rtm_flags = RTNH_F_ONLINK}; /* also a gateway outside of the address's subnet */
    mnl_attr_put(message, RTA_GATEWAY, size, binary);
    mnl_attr_put_u32(message, RTA_OIF, (uint32_t)ifindex);
    return rtnl_talk(message, NULL, NULL) < 0 ? error_errno(err, errno, "default route by `%s`", gateway) : 0;
}

/* /proc/net/if_inet6 (proc(5)): address, ifindex, prefixlen, scope (0: global) and flags in hex, name. */
static int global_ipv6(int ifindex, int *ret, struct error *err) {
    cleanup_fclose FILE *file = fopen("/proc/net/if_inet6", "re");
    unsigned index, scope, flags;
    *ret = 0;
    if (!file) /* a kernel without IPv6 */
        return errno == ENOENT ? 0 : error_errno(err, errno, "`/proc/net/if_inet6`");
    while (fscanf(file, "%*32s %x %*x %x %x %*31s", &index, &scope, &flags) == 3)
        if (scope == 0 && !(flags & IFA_F_TENTATIVE) && (ifindex == 0 || (int)index == ifindex)) {
            *ret = (int)index;
            return 0;
        }
    return ferror(file) ? error_errno(err, EIO, "`/proc/net/if_inet6`") : 0;
}

int uplink_has_address(int ifindex, bool *ret, struct error *err) {
    struct address addresses[NETLINK_ADDRESSES];
    size_t n;
    int global;
    if (address_list(addresses, &n, err) < 0 || global_ipv6(ifindex, &global, err) < 0)
        return -1;
    *ret = global != 0;
    for (size_t i = 0; i < n; i++)
        *ret |= addresses[i].ifindex == ifindex && addresses[i].at.family == AF_INET;
    return 0;
}

int uplink_clear(int ifindex, struct error *err) {
    struct address addresses[NETLINK_ADDRESSES];
    size_t n;
    if (address_list(addresses, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (addresses[i].ifindex == ifindex && addresses[i].at.family == AF_INET &&
            address_remove(&addresses[i], err) < 0)
            return -1;
    return 0;
}

int uplink_await_ipv6(int timeout_ms, int *ret_ifindex, struct error *err) {
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    char buffer[RTNL_BUFFER];
    if (!socket || mnl_socket_bind(socket, RTMGRP_IPV6_IFADDR, MNL_SOCKET_AUTOPID) < 0) {
        error_errno(err, errno, "watch addresses");
        return socket ? (mnl_socket_close(socket), -1) : -1;
    }
    int64_t deadline = clock_boottime_ms() + timeout_ms, left = timeout_ms;
    int result; /* the watch is set before the first look, so that nothing is missed */
    while ((result = global_ipv6(0, ret_ifindex, err)) == 0 && !*ret_ifindex && left > 0) {
        struct pollfd wait = {.fd = mnl_socket_get_fd(socket), .events = POLLIN};
        int ready = poll(&wait, 1, (int)left);
        if ((ready < 0 && errno != EINTR) ||
            (ready > 0 && mnl_socket_recvfrom(socket, buffer, sizeof(buffer)) < 0 && errno != ENOBUFS)) {
            result = error_errno(err, errno, "watch addresses");
            break;
        }
        left = deadline - clock_boottime_ms();
    }
    mnl_socket_close(socket);
    return result;
}
