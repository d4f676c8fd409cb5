/* SPDX-License-Identifier: Apache-2.0
 * The text of a first site document. Pure. */
#pragma once
#include "draft.h"

enum { DRAFT_POD_PREFIXLEN = 24 /* of a machine's pods */ };

/* The last number of the VIP, which two clusters of a segment seldom share; 255 for 0, which VRRP does not have (RFC
 * 5798, 5.2.3). */
unsigned draft_router_id(const struct draft *draft);

/* Appends the document with these addresses of the machines, in their order. `stand_in`: with a MAC of its own for each
 * machine whose MAC is not known, so that all else can be checked. */
void draft_text(const struct draft *draft, const struct in_addr *addresses, bool stand_in, struct buf *ret);
