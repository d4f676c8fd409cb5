/* SPDX-License-Identifier: Apache-2.0
 * Bytes as lower-case hexadecimal digits. */
#pragma once
#include <stddef.h>

/* Writes 2 * length digits and a NUL to `ret`. */
static inline void hex_encode(const unsigned char *bytes, size_t length, char *ret) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        *ret++ = digits[bytes[i] >> 4];
        *ret++ = digits[bytes[i] & 15];
    }
    *ret = '\0';
}
