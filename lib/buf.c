/* SPDX-License-Identifier: Apache-2.0
 * See buf.h. */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_free(struct buf *b) {
    free(b->data);
    *b = BUF_INIT(b->maximum);
}

void buf_clear(struct buf *b) {
    b->length = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

/* Makes room for `extra` more bytes and the NUL. */
static bool grow(struct buf *b, size_t extra) {
    if (b->failed || extra > b->maximum || b->length > b->maximum - extra) {
        b->failed = true;
        return false;
    }
    size_t wanted = b->length + extra + 1;
    if (wanted <= b->capacity)
        return true;
    size_t capacity = b->capacity ? b->capacity : 256;
    while (capacity < wanted)
        capacity *= 2;
    char *data = realloc(b->data, capacity);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    return true;
}

void buf_add(struct buf *b, const void *data, size_t length) {
    if (!grow(b, length))
        return;
    if (length)
        memcpy(b->data + b->length, data, length);
    b->length += length;
    b->data[b->length] = '\0';
}

void buf_adds(struct buf *b, const char *text) {
    buf_add(b, text, strlen(text));
}

void buf_addf(struct buf *b, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    int length = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (length < 0 || !grow(b, (size_t)length)) {
        b->failed = true;
        return;
    }
    va_start(ap, format);
    vsnprintf(b->data + b->length, (size_t)length + 1, format, ap);
    va_end(ap);
    b->length += (size_t)length;
}

const char *buf_text(const struct buf *b) {
    return b->data ? b->data : "";
}
