/* SPDX-License-Identifier: Apache-2.0
 * Listens for what every DHCP server offers to this machine, while udhcpc asks and takes the first one. Sends nothing.
 */
#pragma once
#include "decide/offer.h"

enum { OFFERS_MAX = 16 }; /* servers that answer one machine */

struct offers {
    int fd; /* 0: does not listen */
    struct offer list[OFFERS_MAX];
    size_t n;
};

/* Listens from now on, on every link. Forgets what was heard before. */
int offers_listen(struct offers *offers, struct error *err);

/* Collects the offers that came, and those that come within `wait_ms` milliseconds. A later offer of a server on a link
 * replaces its earlier one. */
int offers_collect(struct offers *offers, long wait_ms, struct error *err);
