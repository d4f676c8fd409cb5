/* SPDX-License-Identifier: Apache-2.0
 * Reads the header `Range` of a request for a file (RFC 9110, section 14.1.2). Pure. The text is whatever a client
 * sent. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct range {
    bool wanted;            /* true: a part is wanted, 206; false: the whole file, 200 */
    bool satisfiable;       /* false: 416, and first and length have no meaning */
    uint64_t first, length; /* inside the file; a wanted range is never empty */
};

/* "bytes=1-2", "bytes=1-", "bytes=-2" of a file of `size` bytes. NULL and anything else, several ranges too, mean the
 * whole file. */
struct range range_parse(const char *text, uint64_t size);
