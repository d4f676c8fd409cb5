/* SPDX-License-Identifier: Apache-2.0
 * See vrrp.h. */
#include "vrrp.h"
#include "decide/packet.h"

#include "cleanup.h"
#include "clock.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { IP_PROTOCOL_VRRP = 112 };

int vrrp_listen(struct vrrp_listener *listener, int ifindex, struct error *err) {
    struct ip_mreqn group = {.imr_ifindex = ifindex};
    inet_pton(AF_INET, "224.0.0.18", &group.imr_multiaddr);
    cleanup_close int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IP_PROTOCOL_VRRP);
    if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
        return error_errno(err, errno, "listen for VRRP");
    *listener = (struct vrrp_listener){.fd = fd, .since_ms = clock_boottime_ms()};
    fd = -1;
    return 0;
}

void vrrp_close(struct vrrp_listener *listener) {
    if (listener->fd > 0)
        close(listener->fd);
    listener->fd = 0;
}

int vrrp_find(const struct vrrp_listener *listener, uint8_t virtual_router_id,
              bool (*is_ours)(const void *context, struct in_addr source), const void *context, int64_t timeout_ms,
              bool *ret_found, struct in_addr *ret_source, struct error *err) {
    int64_t deadline = clock_boottime_ms() + timeout_ms;
    *ret_found = false;
    for (;;) {
        unsigned char packet[2048];
        int64_t left = deadline - clock_boottime_ms();
        struct pollfd wait = {.fd = listener->fd, .events = POLLIN};
        int ready = poll(&wait, 1, left > 0 ? (int)left : 0);
        if (ready < 0 && errno != EINTR)
            return error_errno(err, errno, "listen for VRRP");
        if (ready == 0)
            return 0;
        if (ready < 0)
            continue;
        ssize_t length = recv(listener->fd, packet, sizeof(packet), MSG_DONTWAIT);
        if (length < 0 && errno != EINTR && errno != EAGAIN)
            return error_errno(err, errno, "listen for VRRP"); /* an error does not mean that nobody advertises */
        if (length > 0 && packet_router_id(packet, (size_t)length, ret_source) == virtual_router_id &&
            !is_ours(context, *ret_source)) {
            *ret_found = true;
            return 0;
        }
        if (left <= -1000)
            return 0; /* a flood of other packets does not prolong the wait */
    }
}
