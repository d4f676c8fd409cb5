/* SPDX-License-Identifier: Apache-2.0
 * Listening for VRRP advertisements (RFC 5798, IP protocol 112, group 224.0.0.18). */
#pragma once
#include "error.h"
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct vrrp_listener {
    int fd;           /* 0: does not listen */
    int64_t since_ms; /* CLOCK_BOOTTIME */
};

/* Collects the advertisements on the link from now on, until vrrp_close(). */
int vrrp_listen(struct vrrp_listener *listener, int ifindex, struct error *err);
void vrrp_close(struct vrrp_listener *listener);

/* Reads what came, and what comes within `timeout_ms` milliseconds. *ret_found: somebody advertises `virtual_router_id`
 * from the address *ret_source, for which `is_ours` returns false. Other and malformed packets are skipped. */
int vrrp_find(const struct vrrp_listener *listener, uint8_t virtual_router_id,
              bool (*is_ours)(const void *context, struct in_addr source), const void *context, int64_t timeout_ms,
              bool *ret_found, struct in_addr *ret_source, struct error *err);
