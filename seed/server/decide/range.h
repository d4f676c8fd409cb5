/* SPDX-License-Identifier: Apache-2.0
 * The header `Range` of a request for a file (RFC 9110, section 14.1.2). Pure: the text is whatever a client sent. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct range {
    bool wanted;            /* a part is asked for, the answer is 206; else the whole file, 200 */
    bool satisfiable;       /* else 416, and first and length mean nothing */
    uint64_t first, length; /* inside the file; a wanted range is never empty */
};

/* "bytes=1-2", "bytes=1-", "bytes=-2" of a file of `size` bytes. NULL and anything else, several ranges too, mean the
 * whole file. */
struct range range_parse(const char *text, uint64_t size);
