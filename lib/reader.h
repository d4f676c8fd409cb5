/* SPDX-License-Identifier: Apache-2.0
 * Strict reading of a parsed JSON document into typed values. A reader collects problems, each with its JSON
 * pointer (RFC 6901; "/" stands for the whole document); a cursor is one place in the document. Pure. */
#pragma once
#include "error.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

struct problem {
    char pointer[256], cause[256], remedy[256]; /* one line each; control bytes are shown as `?` */
};

struct reader {
    struct problem *list; /* the caller's; what does not fit is dropped */
    size_t capacity, n;
};

struct cursor {
    struct reader *reader;
    cJSON *item; /* NULL: the document has nothing at this place */
    char pointer[256];
};

/* NULL when `text` is fine, else what is expected instead ("a MAC address such as ..."). */
typedef const char *(*reader_check)(const char *text);

/* To be given as fallback: the key must be there. */
extern const char reader_required[];
enum { READER_REQUIRED = -1 };

/* `format` is "cause; remedy": what follows the first "; " of the format's own text is the remedy. */
void reader_fail(struct reader *reader, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What json_parse() said. */
void reader_fail_syntax(struct reader *reader, const struct error *err);

struct cursor cursor_root(struct reader *reader, cJSON *tree);
struct cursor cursor_key(const struct cursor *object, const char *key);
struct cursor cursor_index(const struct cursor *array, size_t index);
void cursor_fail(const struct cursor *at, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An object whose keys are all among `keys` (NULL-terminated); reports every other key with the nearest known. */
bool cursor_object(const struct cursor *at, const char *const *keys);
/* An array of at most `most` elements. *ret_n is 0 when it is absent, or is no array; only the latter is reported. */
bool cursor_array(const struct cursor *at, size_t most, size_t *ret_n);
/* The element itself as text; NULL (reported) when it is not a string or `check` refuses it. */
const char *cursor_text(const struct cursor *at, reader_check check);

/* Members of an object. Absent: the fallback. Wrong or missing: reported, and NULL or `least`. */
const char *cursor_string(const struct cursor *object, const char *key, reader_check check, const char *fallback);
long cursor_number(const struct cursor *object, const char *key, long least, long most, long fallback);
bool cursor_boolean(const struct cursor *object, const char *key, bool fallback); /* `fallback` also when wrong */
/* The index in `names` (NULL-terminated); `fallback` also when wrong. READER_REQUIRED is returned as 0. */
int cursor_choice(const struct cursor *object, const char *key, const char *const *names, int fallback);
