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

/* From now on, on every link; what was heard before is forgotten. */
int offers_listen(struct offers *offers, struct error *err);

/* Takes in what came, and what comes within `wait_ms`. A server's later offer on a link replaces its earlier one. */
int offers_collect(struct offers *offers, long wait_ms, struct error *err);
