/* SPDX-License-Identifier: Apache-2.0
 * See arp.h. */
#include "arp.h"

#include "cleanup.h"
#include "clock.h"
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <string.h>

enum { TRIES = 3 };

static int send_probe(int fd, int ifindex, const unsigned char mac[6], struct in_addr address) {
    struct ether_arp arp = {.arp_hrd = htons(ARPHRD_ETHER),
                            .arp_pro = htons(ETHERTYPE_IP),
                            .arp_hln = 6,
                            .arp_pln = 4,
                            .arp_op = htons(ARPOP_REQUEST)};
    memcpy(arp.arp_sha, mac, 6); /* sender address stays 0.0.0.0: a probe, not an announcement */
    memcpy(arp.arp_tpa, &address, 4);
    struct sockaddr_ll to = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP), .sll_ifindex = ifindex, .sll_halen = 6};
    memset(to.sll_addr, 0xff, 6);
    return sendto(fd, &arp, sizeof(arp), 0, (struct sockaddr *)&to, sizeof(to)) < 0 ? -1 : 0;
}

/* Whether the packet shows another station using the address. */
static bool is_owner(const struct ether_arp *arp, ssize_t length, const unsigned char mac[6], struct in_addr address) {
    return length >= (ssize_t)sizeof(*arp) && !memcmp(arp->arp_spa, &address, 4) && memcmp(arp->arp_sha, mac, 6) != 0;
}

int arp_probe(int ifindex, const char *own_mac, struct in_addr address, int timeout_ms, bool *ret_taken,
              char ret_mac[18], struct error *err) {
    unsigned char mac[6];
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address, text, sizeof(text));
    if (sscanf(own_mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) != 6)
        return error_set(err, EINVAL, "ARP probe `%s`: `%s` is not a MAC", text, own_mac);
    cleanup_close int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ARP));
    struct sockaddr_ll local = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP), .sll_ifindex = ifindex};
    if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0)
        return error_errno(err, errno, "ARP probe `%s`", text);
    *ret_taken = false;
    for (int i = 0; i < TRIES; i++) {
        if (send_probe(fd, ifindex, mac, address) < 0)
            return error_errno(err, errno, "ARP probe `%s`", text);
        int64_t deadline = clock_boottime_ms() + timeout_ms / TRIES, left;
        while ((left = deadline - clock_boottime_ms()) > 0) {
            struct pollfd wait = {.fd = fd, .events = POLLIN};
            struct ether_arp arp;
            ssize_t got = -1;
            int ready = poll(&wait, 1, (int)left);
            if (ready > 0)
                got = recv(fd, &arp, sizeof(arp), MSG_DONTWAIT);
            if ((ready < 0 || (ready > 0 && got < 0)) && errno != EINTR && errno != EAGAIN)
                return error_errno(err, errno, "ARP probe `%s`", text); /* an error does not mean free */
            if (ready <= 0 || !is_owner(&arp, got, mac, address))
                continue;
            *ret_taken = true;
            const unsigned char *m = arp.arp_sha;
            snprintf(ret_mac, 18, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
            return 0;
        }
    }
    return 0;
}
