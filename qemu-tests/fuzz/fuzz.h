/* SPDX-License-Identifier: Apache-2.0
 * What fuzz targets share. A target passes the bytes to one parser and then demands what the parser's header promises
 * (docs/fuzzing.md). */
#pragma once
#include "buf.h"
#include "error.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that does not hold ends the target like a crash. */
#define demand(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* A copy of the bytes with exactly one NUL after them, so that the sanitizer notices every read beyond. The caller
 * frees it. */
static inline char *fuzz_text(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    demand(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* An error is one line, as people are shown it. */
static inline void fuzz_error(const struct error *err) {
    demand(err->message[0] && memchr(err->message, '\0', sizeof(err->message)) &&
           memchr(err->remedy, '\0', sizeof(err->remedy)));
    for (const char *c = err->message; *c; c++)
        demand((unsigned char)*c >= 0x20 && *c != 0x7f);
}

/* Takes numbers and choices from the front of the bytes; 0 after their end. */
struct fuzz {
    const uint8_t *data;
    size_t size;
};
static inline uint8_t fuzz_byte(struct fuzz *from) {
    if (!from->size)
        return 0;
    from->size--;
    return *from->data++;
}
static inline uint64_t fuzz_number(struct fuzz *from, unsigned bytes) {
    uint64_t number = 0;
    while (bytes--)
        number = number << 8 | fuzz_byte(from);
    return number;
}
/* A text of at most `size` - 1 bytes: one byte of length, then the text. */
static inline void fuzz_word(struct fuzz *from, char *ret, size_t size) {
    size_t length = fuzz_byte(from);
    length = length < from->size ? length : from->size;
    length = length < size ? length : size - 1;
    if (length)
        memcpy(ret, from->data, length);
    ret[length] = '\0';
    from->data += length;
    from->size -= length;
}
