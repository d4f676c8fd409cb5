/* SPDX-License-Identifier: Apache-2.0
 * Finds out whether packets of the link's full size reach the seed: which size to try next, and what the answers mean.
 * Pure. A path that drops large packets without an ICMP message (RFC 2923, 2.1) lets every short exchange through and
 * hangs the first long one. */
#pragma once
#include "error.h"
#include <stdbool.h>

enum { MTU_SMALL = 68 /* every link takes it (RFC 791, 3.2) */ };

enum mtu_answer {
    MTU_ECHOED,
    MTU_LOST,
    MTU_TOO_BIG /* somebody on the way said so (RFC 1191): TCP adapts by itself */
};

enum mtu_verdict {
    MTU_ASKING,
    MTU_WHOLE,  /* full-sized packets get through */
    MTU_SILENT, /* the seed answers no echo at all: nothing is known */
    MTU_TOLD,   /* the path is narrower than the link and says so by ICMP */
    MTU_NARROW  /* small ones are answered, full-sized ones vanish */
};

struct mtu {
    unsigned link;   /* the link's MTU, in bytes of IP packet, as all sizes here */
    unsigned passed; /* the largest that was answered; 0: none yet */
    unsigned failed; /* the smallest that was not; 0: none yet */
    enum mtu_verdict verdict;
};

void mtu_start(struct mtu *mtu, unsigned link);

/* The next size to try, or 0 when there is a verdict. `late`: there is no time for further sizes. A size that got no
 * answer is tried once more before the verdict, since the link may only have been down for a moment. */
unsigned mtu_next(const struct mtu *mtu, bool late);
void mtu_take(struct mtu *mtu, unsigned size, enum mtu_answer answer);

/* MTU_NARROW as one line with a remedy, as errors have them. */
void mtu_describe(const struct mtu *mtu, const char *link, const char *seed, struct error *ret);
