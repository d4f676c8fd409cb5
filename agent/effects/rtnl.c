/* SPDX-License-Identifier: Apache-2.0
 * See rtnl.h. */
#include "rtnl.h"

#include <errno.h>

int rtnl_talk(struct nlmsghdr *message, mnl_cb_t callback, void *context) {
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (!socket)
        return -1;
    char buffer[RTNL_BUFFER];
    int result = -1;
    message->nlmsg_seq = 1;
    if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
        mnl_socket_sendto(socket, message, message->nlmsg_len) >= 0) {
        do { /* until the end of the dump or the ACK. It is an error when the answers stop before that */
            errno = EPROTO;
            ssize_t got = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
            result = got <= 0 ? MNL_CB_ERROR
                              : mnl_cb_run(buffer, (size_t)got, 1, mnl_socket_get_portid(socket), callback, context);
        } while (result > MNL_CB_STOP);
    }
    int code = errno;
    mnl_socket_close(socket);
    errno = code;
    return result < 0 ? -1 : 0;
}

struct nlmsghdr *rtnl_request(char *buffer, uint16_t type, uint16_t flags) {
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    return message;
}
