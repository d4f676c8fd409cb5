/* SPDX-License-Identifier: Apache-2.0
 * See crowd.h. */
#include "crowd.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

struct guest {
    struct crowd *crowd;
    struct guest *older, *newer;
    int fd;
    bool known, dismissed;
};

static void unlink_stranger(struct guest *guest) {
    struct crowd *crowd = guest->crowd;
    *(guest->older ? &guest->older->newer : &crowd->oldest) = guest->newer;
    *(guest->newer ? &guest->newer->older : &crowd->newest) = guest->older;
    guest->older = guest->newer = NULL;
}

static void link_stranger(struct guest *guest) {
    struct crowd *crowd = guest->crowd;
    guest->older = crowd->newest;
    *(crowd->newest ? &crowd->newest->newer : &crowd->oldest) = guest;
    crowd->newest = guest;
}

/* libmicrohttpd closes it when it reads the end. It counts as known from now on, so that it is not asked twice. */
static void dismiss(struct guest *guest) {
    unlink_stranger(guest);
    guest->known = guest->dismissed = true;
    shutdown(guest->fd, SHUT_RDWR);
    ++*guest->crowd->dismissed;
}

static void come(struct crowd *crowd, struct MHD_Connection *connection, void **socket_context) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct guest *guest = info ? calloc(1, sizeof(*guest)) : NULL;
    if (!guest)
        return;
    *guest = (struct guest){.crowd = crowd, .fd = info->connect_fd};
    link_stranger(guest);
    *socket_context = guest;
    if (++crowd->n > crowd->most && crowd->oldest != guest)
        dismiss(crowd->oldest);
}

void crowd_notify(void *crowd, struct MHD_Connection *connection, void **socket_context,
                  enum MHD_ConnectionNotificationCode code) {
    struct guest *guest = *socket_context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        come(crowd, connection, socket_context);
    } else if (guest) {
        guest->crowd->n--;
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

bool crowd_dismissed(struct MHD_Connection *connection) {
    const struct guest *guest = guest_of(connection);
    return guest && guest->dismissed;
}

void crowd_know(struct MHD_Connection *connection) {
    struct guest *guest = guest_of(connection);
    if (!guest || guest->known)
        return;
    unlink_stranger(guest);
    guest->known = true;
}
