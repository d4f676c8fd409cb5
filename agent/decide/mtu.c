/* SPDX-License-Identifier: Apache-2.0
 * See mtu.h. */
#include "mtu.h"

#include <errno.h>

void mtu_start(struct mtu *mtu, unsigned link) {
    *mtu = (struct mtu){.link = link, .verdict = link > MTU_SMALL ? MTU_ASKING : MTU_WHOLE};
}

unsigned mtu_next(const struct mtu *mtu, bool late) {
    if (mtu->verdict != MTU_ASKING)
        return 0;
    if (!mtu->passed)
        return MTU_SMALL;
    if (!mtu->failed || late || mtu->failed - mtu->passed <= 1)
        return mtu->link;
    return mtu->passed + (mtu->failed - mtu->passed) / 2;
}

void mtu_take(struct mtu *mtu, unsigned size, enum mtu_answer answer) {
    if (answer == MTU_TOO_BIG)
        mtu->verdict = MTU_TOLD;
    else if (answer == MTU_ECHOED && size == mtu->link)
        mtu->verdict = MTU_WHOLE;
    else if (answer == MTU_ECHOED)
        mtu->passed = size;
    else if (!mtu->passed)
        mtu->verdict = MTU_SILENT;
    else if (size == mtu->link && mtu->failed)
        mtu->verdict = MTU_NARROW;
    else
        mtu->failed = size;
}

void mtu_describe(const struct mtu *mtu, const char *link, const char *seed, struct error *ret) {
    error_fail(
        ret, SR_PATH_MTU, EMSGSIZE,
        "link %s has the MTU %u, and packets of that size vanish on the way to the seed %s and back: the largest "
        "that got through had %u bytes",
        link, mtu->link, seed, mtu->passed);
    error_remedy(ret, "set the switch ports' MTU to %u at least, or that of %s and the seed's link to %u", mtu->link,
                 link, mtu->passed);
}
