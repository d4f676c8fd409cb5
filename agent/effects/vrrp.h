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

/* Collects the advertisements of the link from now on; vrrp_close() ends it. */
int vrrp_listen(struct vrrp_listener *listener, int ifindex, struct error *err);
void vrrp_close(struct vrrp_listener *listener);

/* Reads what came, and what comes within `timeout_ms`. *ret_found: somebody advertises `virtual_router_id` whose
 * address `is_ours` does not know; *ret_source is that address. Shorter and other packets are passed over. */
int vrrp_find(const struct vrrp_listener *listener, uint8_t virtual_router_id,
              bool (*is_ours)(const void *context, struct in_addr source), const void *context, int64_t timeout_ms,
              bool *ret_found, struct in_addr *ret_source, struct error *err);
