/* SPDX-License-Identifier: Apache-2.0
 * See serve.h. One poll loop, a bounded number of clients; those beyond it wait in the kernel's queue. */
#include "serve.h"
#include "connection.h"
#include "daemon.h"

#include "clock.h"
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SERVICES = 2,
    CLIENTS_MAX = 32,
    BACKLOG = 64,
    TICK_MS = 100 /* a new token shows in a watch after at most this */
};

struct server {
    const struct place *place;
    int listeners[SERVICES];
    struct tls tls[SERVICES];
    struct connection clients[CLIENTS_MAX];
};

static int listen_on(uint16_t port, int *ret, struct error *err) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;
    if (fd < 0)
        return error_errno(err, errno, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0) {
        int code = errno;
        close(fd);
        return error_errno(err, code, "[ERROR Port-%u]: Port %u is in use", port, port); /* kubeadm's words */
    }
    *ret = fd;
    return 0;
}

static struct connection *free_client(struct server *server) {
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (server->clients[i].fd < 0)
            return &server->clients[i];
    return NULL;
}

static void welcome(struct server *server, enum service service) {
    struct connection *client = free_client(server);
    struct error err = {0};
    int fd = client ? accept4(server->listeners[service], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) : -1;
    if (fd >= 0 && connection_open(fd, service, &server->tls[service], client, &err) < 0)
        say("%s", err.message);
}

static void turn(struct server *server) {
    struct pollfd fds[SERVICES + CLIENTS_MAX];
    bool full = free_client(server) == NULL;
    for (size_t i = 0; i < SERVICES; i++)
        fds[i] = (struct pollfd){.fd = full ? -1 : server->listeners[i], .events = POLLIN};
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        fds[SERVICES + i] = (struct pollfd){.fd = server->clients[i].fd, .events = server->clients[i].wants};
    if (poll(fds, SERVICES + CLIENTS_MAX, TICK_MS) < 0)
        return;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct connection *client = &server->clients[i];
        bool due = fds[SERVICES + i].revents || client->state == CONNECTION_WATCH ||
                   clock_boottime_ms() >= client->deadline_ms;
        if (client->fd >= 0 && due && !connection_go(client, server->place))
            connection_close(client);
    }
    for (size_t i = 0; i < SERVICES; i++)
        if (fds[i].revents)
            welcome(server, (enum service)i);
}

int serve(struct call *call, struct error *err) {
    static struct server server;
    server.place = &call->place;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        server.clients[i].fd = -1;
    if (daemon_hold(server.place, err) < 0 ||
        tls_init(server.place, "etcd/server.crt", "etcd/server.key", "etcd/ca.crt", true, &server.tls[SERVICE_ETCD],
                 err) < 0 ||
        tls_init(server.place, "apiserver.crt", "apiserver.key", "ca.crt", false, &server.tls[SERVICE_API], err) < 0 ||
        listen_on(PORT_ETCD, &server.listeners[SERVICE_ETCD], err) < 0 ||
        listen_on(PORT_API, &server.listeners[SERVICE_API], err) < 0 || daemon_ready(server.place, err) < 0)
        return -1;
    for (;;)
        turn(&server);
}
