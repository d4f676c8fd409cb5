/* SPDX-License-Identifier: Apache-2.0
 * See offers.h. An offer goes to an address that nobody has yet, so it is taken from the link (packet(7)), as DHCP
 * clients do. */
#include "offers.h"
#include "netlink.h"

#include "cleanup.h"
#include "clock.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* Lets the kernel pass on only unfragmented UDP to port 68. Else all bytes of a layer that is fetched meanwhile would
 * pass through here. */
static int keep_dhcp(int fd) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9), /* protocol */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6), /* fragment offset */
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* the header's length */
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),  /* destination port */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 68, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT16_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int offers_listen(struct offers *offers, struct error *err) {
    struct sockaddr_ll local = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP)};
    /* Protocol 0: nothing is received before the filter is attached. */
    cleanup_close int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || keep_dhcp(fd) < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0)
        return error_errno(err, errno, "listen for DHCP offers");
    if (offers->fd)
        close(offers->fd);
    offers->fd = fd;
    offers->n = 0;
    fd = -1;
    return 0;
}

static bool is_for_us(const struct offer *offer, const struct link *links, size_t n) {
    char mac[18];
    const unsigned char *m = offer->chaddr;
    snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
    for (size_t i = 0; i < n; i++)
        if (links[i].ifindex == offer->ifindex && !strcmp(links[i].mac, mac))
            return true;
    return false;
}

static void offers_keep(struct offers *offers, const struct offer *offer) {
    size_t i = 0;
    while (i < offers->n && (offers->list[i].ifindex != offer->ifindex ||
                             offers->list[i].lease.server.s_addr != offer->lease.server.s_addr ||
                             memcmp(offers->list[i].sender, offer->sender, sizeof(offer->sender)) != 0))
        i++;
    if (i == OFFERS_MAX)
        return;
    offers->list[i] = *offer;
    offers->n = i < offers->n ? offers->n : i + 1;
}

static void offers_take(struct offers *offers, const struct link *links, size_t n) {
    unsigned char packet[2048];
    struct sockaddr_ll from = {0};
    socklen_t size = sizeof(from);
    struct offer offer;
    ssize_t length = recvfrom(offers->fd, packet, sizeof(packet), MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    if (length < 0 || !offer_parse(packet, (size_t)length, &offer))
        return;
    offer.ifindex = from.sll_ifindex;
    memcpy(offer.sender, from.sll_addr, sizeof(offer.sender));
    if (is_for_us(&offer, links, n))
        offers_keep(offers, &offer);
}

int offers_collect(struct offers *offers, long wait_ms, struct error *err) {
    enum { FLOOD_MS = 500 }; /* a host that sends without end delays the machine no longer than this */
    struct link links[NETLINK_LINKS];
    size_t n;
    int64_t now, deadline = clock_boottime_ms() + wait_ms;
    if (link_list(links, &n, err) < 0)
        return -1;
    while ((now = clock_boottime_ms()) < deadline + FLOOD_MS) {
        struct pollfd wait = {.fd = offers->fd, .events = POLLIN};
        int ready = poll(&wait, 1, now < deadline ? (int)(deadline - now) : 0);
        if (ready < 0 && errno != EINTR)
            return error_errno(err, errno, "listen for DHCP offers");
        if (ready == 0)
            break;
        if (ready > 0)
            offers_take(offers, links, n);
    }
    return 0;
}
