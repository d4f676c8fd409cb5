/* SPDX-License-Identifier: Apache-2.0
 * See echo.h. */
#include "echo.h"
#include "decide/packet.h"

#include "cleanup.h"
#include "clock.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/icmp.h>
#include <netinet/ip.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

int echo_open(struct in_addr to, struct echo *ret, struct error *err) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = to}, local = {0};
    socklen_t size = sizeof(local);
    struct icmp_filter only_replies = {.data = ~(1u << ICMP_ECHOREPLY)};
    int probe = IP_PMTUDISC_PROBE; /* never fragment, and ignore the path MTU that the kernel remembers (ip(7)) */
    cleanup_close int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
    if (fd < 0 || setsockopt(fd, SOL_RAW, ICMP_FILTER, &only_replies, sizeof(only_replies)) < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof(probe)) < 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        getsockname(fd, (struct sockaddr *)&local, &size) < 0)
        return error_errno(err, errno, "ICMP echo");
    *ret = (struct echo){.fd = fd, .local = local.sin_addr};
    fd = -1;
    return 0;
}

void echo_close(struct echo *echo) {
    close(echo->fd);
}

/* RFC 1071; `length` is even. */
static uint16_t echo_checksum(const unsigned char *data, size_t length) {
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i += 2)
        sum += (uint32_t)data[i] << 8 | data[i + 1];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

static int ask_once(const struct echo *echo, size_t length) {
    unsigned char packet[ECHO_MAXIMUM + 1] = {0};
    struct icmphdr header = {.type = ICMP_ECHO,
                             .un.echo = {.id = htons((uint16_t)getpid()), .sequence = htons(echo->sequence)}};
    memcpy(packet, &header, sizeof(header));
    header.checksum = echo_checksum(packet, length + length % 2);
    memcpy(packet, &header, sizeof(header));
    return send(echo->fd, packet, length, 0) < 0 ? -1 : 0;
}

/* *ret_heard: an answer came, or an error that says that the packet is too big. Other ICMP errors, such as host
 * unreachable, count as silence. */
static void listen_until(const struct echo *echo, int64_t deadline, size_t asked, bool *ret_heard,
                         enum mtu_answer *ret) {
    unsigned char packet[ECHO_MAXIMUM];
    int64_t left;
    while ((left = deadline - clock_boottime_ms()) >= 0) {
        struct pollfd wait = {.fd = echo->fd, .events = POLLIN};
        if (poll(&wait, 1, (int)left) <= 0)
            return;
        ssize_t length = recv(echo->fd, packet, sizeof(packet), MSG_DONTWAIT);
        if (length < 0 && errno != EMSGSIZE)
            continue;
        if (length >= 0 && !packet_is_echo(packet, (size_t)length, (uint16_t)getpid(), echo->sequence, asked))
            continue;
        *ret_heard = true;
        *ret = length < 0 ? MTU_TOO_BIG : MTU_ECHOED;
        return;
    }
}

int echo_ask(struct echo *echo, unsigned size, int timeout_ms, int tries, enum mtu_answer *ret, struct error *err) {
    size_t length = size - sizeof(struct iphdr);
    bool heard = false;
    *ret = MTU_LOST;
    echo->sequence++;
    for (int i = 0; i < tries && !heard; i++) {
        int64_t sent = clock_boottime_ms();
        if (ask_once(echo, length) < 0 && errno != EHOSTUNREACH && errno != ECONNREFUSED)
            return errno == EMSGSIZE ? (*ret = MTU_TOO_BIG, 0) : error_errno(err, errno, "ICMP echo of %u bytes", size);
        listen_until(echo, sent + timeout_ms, length, &heard, ret);
        if (heard)
            echo->rtt_ms = (int)(clock_boottime_ms() - sent);
    }
    return 0;
}
