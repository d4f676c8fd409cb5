/* SPDX-License-Identifier: Apache-2.0
 * What the kernel says of links becomes struct link. The answer is made here (Makefile: --wrap). */
#include "../../lib/test/testing.h"

#include "effects/netlink.h"
#include <libmnl/libmnl.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define BONDS "\x52\x54\x00\x84\x00\x11"
#define OWN "\x52\x54\x00\x84\x01\x11"

static const char *permanent; /* NULL: the driver knows none */

/* A card in a bond, which gave it the bond's MAC (kernel: rtnl_fill_ifinfo(), bond_fill_slave_info()). */
static size_t put_member(char *at) {
    struct nlmsghdr *message = mnl_nlmsg_put_header(at);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
    message->nlmsg_type = RTM_NEWLINK;
    message->nlmsg_flags = NLM_F_MULTI;
    info->ifi_type = ARPHRD_ETHER;
    info->ifi_index = 3;
    mnl_attr_put_strz(message, IFLA_IFNAME, "eth1");
    mnl_attr_put_u32(message, IFLA_MASTER, 5);
    mnl_attr_put(message, IFLA_ADDRESS, 6, BONDS);
    struct nlattr *about = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_SLAVE_KIND, "bond");
    struct nlattr *data = mnl_attr_nest_start(message, IFLA_INFO_SLAVE_DATA);
    mnl_attr_put(message, IFLA_BOND_SLAVE_PERM_HWADDR, 6, OWN);
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, about);
    if (permanent)
        mnl_attr_put(message, IFLA_PERM_ADDRESS, 6, permanent);
    return NLMSG_ALIGN(message->nlmsg_len);
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t size);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t size) {
    (void)socket;
    memset(buffer, 0, size);
    size_t length = put_member(buffer);
    struct nlmsghdr *end = mnl_nlmsg_put_header((char *)buffer + length);
    end->nlmsg_type = NLMSG_DONE;
    end->nlmsg_flags = NLM_F_MULTI;
    mnl_nlmsg_put_extra_header(end, sizeof(int));
    return (ssize_t)(length + end->nlmsg_len);
}

static const char *card(void) {
    static struct link links[NETLINK_LINKS];
    struct error err = {0};
    size_t n;
    if (link_list(links, &n, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(n, 1);
    assert_string_equal(links[0].mac, "52:54:00:84:00:11");
    assert_true(links[0].bond == 5 && links[0].kind == LINK_CARD && !links[0].physical);
    return links[0].card;
}

/* Else each member but the first looks like a card that the document does not list, and is taken out again. */
static void a_member_is_known_by_its_own_mac(void **state) {
    (void)state;
    assert_string_equal(card(), "52:54:00:84:01:11");
    permanent = "\x52\x54\x00\x84\x02\x11";
    assert_string_equal(card(), "52:54:00:84:02:11");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_known_by_its_own_mac),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
