/* SPDX-License-Identifier: Apache-2.0
 * A growing byte buffer with a declared maximum. Overflow and allocation failure are sticky: append freely,
 * test once with buf_failed(). `data` is always NUL-terminated once anything was appended. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;
    size_t length;
    size_t capacity;
    size_t maximum;
    bool failed;
};

#define BUF_INIT(max) ((struct buf){.maximum = (max)})
#define cleanup_buf __attribute__((cleanup(buf_free)))

void buf_free(struct buf *b);
void buf_clear(struct buf *b); /* length 0, memory kept, failure forgotten */
void buf_add(struct buf *b, const void *data, size_t length);
void buf_adds(struct buf *b, const char *text);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text, never NULL ("" when empty). Valid until the next append. */
const char *buf_text(const struct buf *b);
static inline bool buf_failed(const struct buf *b) {
    return b->failed;
}
