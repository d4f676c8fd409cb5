/* SPDX-License-Identifier: Apache-2.0
 * See connection_limits.h. */
#include "connection_limits.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct guest_address {
    struct guest_address *next;
    unsigned char bytes[16]; /* IPv6, or IPv4 mapped into it; zeros for a Unix socket */
    size_t n;                /* connections */
};

struct guest {
    struct connection_limits *limits;
    struct guest *older, *newer;
    struct guest_address *address; /* NULL: no stranger any more */
    int fd;
    bool dismissed;
    bool has_peer;
    struct tls_peer peer;
};

static void read_address(const struct sockaddr *from, unsigned char ret[static 16]) {
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    memset(ret, 0, 16);
    if (from && from->sa_family == AF_INET6) {
        memcpy(ret, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
    } else if (from && from->sa_family == AF_INET) {
        memcpy(ret, mapped, sizeof(mapped));
        memcpy(ret + sizeof(mapped), &((const struct sockaddr_in *)from)->sin_addr, 4);
    }
}

/* NULL: out of memory. */
static struct guest_address *address_take(struct connection_limits *limits, const unsigned char bytes[static 16]) {
    struct guest_address *address = limits->addresses;
    while (address && memcmp(address->bytes, bytes, sizeof(address->bytes)) != 0)
        address = address->next;
    if (!address) {
        address = calloc(1, sizeof(*address));
        if (!address)
            return NULL;
        memcpy(address->bytes, bytes, sizeof(address->bytes));
        address->next = limits->addresses;
        limits->addresses = address;
    }
    address->n++;
    return address;
}

static void address_release(struct connection_limits *limits, struct guest_address *address) {
    struct guest_address **at = &limits->addresses;
    if (--address->n > 0)
        return;
    while (*at != address)
        at = &(*at)->next;
    *at = address->next;
    free(address);
}

static void link_stranger(struct guest *guest) {
    struct connection_limits *limits = guest->limits;
    guest->older = limits->newest;
    *(limits->newest ? &limits->newest->newer : &limits->oldest) = guest;
    limits->newest = guest;
    limits->n++;
}

static void unlink_stranger(struct guest *guest) {
    struct connection_limits *limits = guest->limits;
    *(guest->older ? &guest->older->newer : &limits->oldest) = guest->newer;
    *(guest->newer ? &guest->newer->older : &limits->newest) = guest->older;
    guest->older = guest->newer = NULL;
    address_release(limits, guest->address);
    guest->address = NULL;
    limits->n--;
}

/* libmicrohttpd closes the connection when it reads the end of file. */
static void dismiss(struct guest *guest) {
    unlink_stranger(guest);
    guest->dismissed = true;
    shutdown(guest->fd, SHUT_RDWR);
    ++*guest->limits->dismissed;
}

/* The oldest connection of the address that has most. */
static struct guest *find_victim(const struct connection_limits *limits) {
    const struct guest_address *most = limits->addresses;
    for (const struct guest_address *address = limits->addresses; address; address = address->next)
        if (address->n > most->n)
            most = address;
    struct guest *guest = limits->oldest;
    while (most->n > 1 && guest->address != most)
        guest = guest->newer;
    return guest;
}

static void come(struct connection_limits *limits, struct MHD_Connection *connection, void **socket_context) {
    const union MHD_ConnectionInfo *socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *from = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct guest *guest = socket ? calloc(1, sizeof(*guest)) : NULL;
    unsigned char bytes[16];
    if (!guest)
        return;
    read_address(from ? from->client_addr : NULL, bytes);
    *guest = (struct guest){.limits = limits, .fd = socket->connect_fd, .address = address_take(limits, bytes)};
    if (!guest->address) {
        free(guest);
        return;
    }
    link_stranger(guest);
    *socket_context = guest;
    if (limits->n > limits->most)
        dismiss(find_victim(limits));
}

void connection_limits_notify(void *limits, struct MHD_Connection *connection, void **socket_context,
                              enum MHD_ConnectionNotificationCode code) {
    struct guest *guest = *socket_context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        come(limits, connection, socket_context);
    } else if (guest) {
        if (guest->address)
            unlink_stranger(guest);
        free(guest);
        *socket_context = NULL;
    }
}

static struct guest *guest_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

void connection_limits_peer(struct MHD_Connection *connection, struct tls_peer *ret) {
    struct guest *guest = guest_of(connection);
    if (!guest) {
        tls_peer(connection, ret);
        return;
    }
    if (!guest->has_peer)
        tls_peer(connection, &guest->peer);
    guest->has_peer = true;
    *ret = guest->peer;
}

bool connection_limits_dismissed(struct MHD_Connection *connection) {
    const struct guest *guest = guest_of(connection);
    return guest && guest->dismissed;
}

void connection_limits_know(struct MHD_Connection *connection) {
    struct guest *guest = guest_of(connection);
    if (guest && guest->address)
        unlink_stranger(guest);
}
