/* SPDX-License-Identifier: Apache-2.0
 * See connection_limits.h. */
#include "connection_limits.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

struct guest {
    struct connection_limits *limits;
    struct guest *older, *newer;
    int fd;
    bool known, dismissed;
};

static void unlink_stranger(struct guest *guest) {
    struct connection_limits *limits = guest->limits;
    *(guest->older ? &guest->older->newer : &limits->oldest) = guest->newer;
    *(guest->newer ? &guest->newer->older : &limits->newest) = guest->older;
    guest->older = guest->newer = NULL;
}

static void link_stranger(struct guest *guest) {
    struct connection_limits *limits = guest->limits;
    guest->older = limits->newest;
    *(limits->newest ? &limits->newest->newer : &limits->oldest) = guest;
    limits->newest = guest;
}

/* libmicrohttpd closes the connection when it reads the end of file. From now on it counts as known, so that it is not
 * dismissed twice. */
static void dismiss(struct guest *guest) {
    unlink_stranger(guest);
    guest->known = guest->dismissed = true;
    shutdown(guest->fd, SHUT_RDWR);
    ++*guest->limits->dismissed;
}

static void come(struct connection_limits *limits, struct MHD_Connection *connection, void **socket_context) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct guest *guest = info ? calloc(1, sizeof(*guest)) : NULL;
    if (!guest)
        return;
    *guest = (struct guest){.limits = limits, .fd = info->connect_fd};
    link_stranger(guest);
    *socket_context = guest;
    if (++limits->n > limits->most && limits->oldest != guest)
        dismiss(limits->oldest);
}

void connection_limits_notify(void *limits, struct MHD_Connection *connection, void **socket_context,
                              enum MHD_ConnectionNotificationCode code) {
    struct guest *guest = *socket_context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        come(limits, connection, socket_context);
    } else if (guest) {
        guest->limits->n--;
        if (!guest->known)
            unlink_stranger(guest);
        free(guest);
        *socket_context = NULL;
    }
}

static struct guest *guest_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

bool connection_limits_dismissed(struct MHD_Connection *connection) {
    const struct guest *guest = guest_of(connection);
    return guest && guest->dismissed;
}

void connection_limits_know(struct MHD_Connection *connection) {
    struct guest *guest = guest_of(connection);
    if (!guest || guest->known)
        return;
    unlink_stranger(guest);
    guest->known = true;
}
