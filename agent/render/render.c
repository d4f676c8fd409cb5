/* SPDX-License-Identifier: Apache-2.0
 * See render.h: what every renderer uses. */
#include "render.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

void render_fingerprint(const struct buf *text, char ret_hex[17]) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text->length; i++)
        hash = (hash ^ (unsigned char)text->data[i]) * UINT64_C(0x100000001b3);
    snprintf(ret_hex, 17, "%016" PRIx64, hash);
}

int render_end(const struct buf *ret, struct error *err) {
    return buf_failed(ret) ? error_errno(err, EFBIG, "more than %zu bytes", ret->maximum) : 0;
}
