/* SPDX-License-Identifier: Apache-2.0
 * See addon.h. */
#include "addon.h"

#include <string.h>

bool addon_replace(struct buf *text, const char *from, const char *to) {
    cleanup_buf struct buf next = BUF_INIT(ADDON_TEXT_MAX);
    const char *at = buf_text(text), *hit = strstr(at, from);
    if (!hit)
        return false;
    for (; hit; at = hit + strlen(from), hit = strstr(at, from)) {
        buf_add(&next, at, (size_t)(hit - at));
        buf_adds(&next, to);
    }
    buf_adds(&next, at);
    struct buf old = *text;
    *text = next;
    next = old;
    return true;
}
