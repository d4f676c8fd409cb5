/* SPDX-License-Identifier: Apache-2.0
 * See ports.h. */
#include "ports.h"

#include "clock.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static enum port_answer answer_of(int code) {
    return code == 0 ? PORT_OPEN : code == ECONNREFUSED ? PORT_REFUSED : PORT_SILENT;
}

static int ports_start(struct port *port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port->number), .sin_addr = port->in};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno == EINPROGRESS)
        return fd;
    port->answer = fd < 0 ? PORT_SILENT : answer_of(errno);
    if (fd >= 0)
        close(fd);
    return -1;
}

static void finish(struct port *port, struct pollfd *slot) {
    int code = 0;
    socklen_t length = sizeof(code);
    if (getsockopt(slot->fd, SOL_SOCKET, SO_ERROR, &code, &length) < 0)
        code = errno;
    port->answer = answer_of(code);
    close(slot->fd);
    slot->fd = -1;
}

int ports_probe(struct port *ports, size_t count, long timeout_ms, struct error *err) {
    struct pollfd slots[PORTS_MAX];
    size_t open = 0;
    if (count > PORTS_MAX)
        return error_set(err, E2BIG, "%zu ports; at most %d", count, PORTS_MAX);
    for (size_t i = 0; i < count; i++) {
        ports[i].answer = PORT_SILENT;
        slots[i] = (struct pollfd){.fd = ports_start(&ports[i]), .events = POLLOUT};
        open += slots[i].fd >= 0;
    }
    int64_t deadline = clock_boottime_ms() + timeout_ms, left;
    int code = 0;
    while (code == 0 && open > 0 && (left = deadline - clock_boottime_ms()) > 0) {
        int ready = poll(slots, count, (int)left);
        if (ready < 0) { /* revents is not set then */
            code = errno == EINTR ? 0 : errno;
            continue;
        }
        for (size_t i = 0; i < count; i++)
            if (slots[i].fd >= 0 && slots[i].revents) {
                finish(&ports[i], &slots[i]);
                open--;
            }
    }
    for (size_t i = 0; i < count; i++)
        if (slots[i].fd >= 0)
            close(slots[i].fd);
    return code ? error_errno(err, code, "connect") : 0;
}

const struct port *ports_blocked(const struct port *ports, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; ports[i].answer == PORT_SILENT && j < count; j++)
            if (ports[j].in.s_addr == ports[i].in.s_addr && ports[j].answer != PORT_SILENT)
                return &ports[i];
    return NULL;
}
