/* SPDX-License-Identifier: Apache-2.0
 * See address_watch.h. */
#include "address_watch.h"

#include "cleanup.h"
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int address_watch_open(int *ret_fd, struct error *err) {
    const struct sockaddr_nl groups = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR};
    cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&groups, sizeof(groups)) < 0)
        return error_errno(err, errno, "watch addresses");
    *ret_fd = fd;
    fd = -1;
    return 0;
}

void address_watch_wait(int fd, int timeout_ms) {
    char ignored[8192];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    poll(&wait, 1, timeout_ms);
    while (recv(fd, ignored, sizeof(ignored), 0) > 0 ||
           errno == ENOBUFS) /* the messages only wake the caller, which lists the addresses; ENOBUFS: some were lost */
        errno = 0;
}
