/* SPDX-License-Identifier: Apache-2.0
 * ARP probe of an address before this machine takes it (RFC 5227). */
#pragma once
#include "error.h"
#include <netinet/in.h>
#include <stdbool.h>

/* Asks three times within `timeout_ms` who has `address` on the link. *ret_taken says whether somebody answered,
 * ret_mac who. An answer from the link's own MAC does not count. */
int arp_probe(int ifindex, const char *own_mac, struct in_addr address, int timeout_ms, bool *ret_taken,
              char ret_mac[18], struct error *err);
