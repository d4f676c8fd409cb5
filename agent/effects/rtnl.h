/* SPDX-License-Identifier: Apache-2.0
 * One rtnetlink request and its answers (RFC 3549, netlink(7)), by libmnl. */
#pragma once
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdint.h>

enum { RTNL_BUFFER = 32768 };

/* Starts a message of `type` in `buffer`, which has RTNL_BUFFER bytes. */
struct nlmsghdr *rtnl_request(char *buffer, uint16_t type, uint16_t flags);

/* Sends it and feeds every answer to `callback` (may be NULL). 0, or -1 with errno. */
int rtnl_talk(struct nlmsghdr *message, mnl_cb_t callback, void *context);
