/* SPDX-License-Identifier: Apache-2.0
 * Listening for VRRP advertisements (RFC 5798, IP protocol 112, group 224.0.0.18). */
#pragma once
#include "error.h"
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* A socket that collects the advertisements of the link from now on; the caller closes it. */
int vrrp_listen(int ifindex, int *ret_fd, struct error *err);

/* Reads what came, and what comes within `timeout_ms`. *ret_found: somebody advertises `virtual_router_id` whose
 * address `is_ours` does not know; *ret_source is that address. Shorter and other packets are passed over. */
int vrrp_find(int fd, uint8_t virtual_router_id, bool (*is_ours)(const void *context, struct in_addr source),
              const void *context, long timeout_ms, bool *ret_found, struct in_addr *ret_source, struct error *err);
