/* SPDX-License-Identifier: Apache-2.0
 * See power_packet.h. */
#include "power_packet.h"

#include "cleanup.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { TIMES = 3 };

static void fill(const char *mac, unsigned char ret[static POWER_PACKET_SIZE]) {
    unsigned bytes[6] = {0};
    sscanf(mac, "%2x:%2x:%2x:%2x:%2x:%2x", &bytes[0], &bytes[1], &bytes[2], &bytes[3], &bytes[4], &bytes[5]);
    memset(ret, 0xff, 6);
    for (size_t i = 6; i < POWER_PACKET_SIZE; i++)
        ret[i] = (unsigned char)bytes[i % 6];
}

int power_packet_send(const char *mac, const struct cidr *address, struct error *err) {
    unsigned char packet[POWER_PACKET_SIZE];
    char text[NET_ADDRESS_SIZE];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(POWER_PACKET_PORT)};
    to.sin_addr.s_addr = address->in.s_addr | htonl(UINT32_MAX >> address->prefixlen); /* prefixlen is at most 30 */
    net_address_text(to.sin_addr, text);
    cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int yes = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes)) < 0)
        return error_errno(err, errno, "magic packet");
    fill(mac, packet);
    for (int i = 0; i < TIMES; i++)
        if (sendto(fd, packet, sizeof(packet), 0, (const struct sockaddr *)&to, sizeof(to)) < 0) {
            error_errno(err, errno, "magic packet to %s", text);
            return error_remedy(err, "give the seed's machine an address in the machine's subnet");
        }
    return 0;
}
