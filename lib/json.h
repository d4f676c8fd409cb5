/* SPDX-License-Identifier: Apache-2.0
 * Reads JSON from outside, strictly. Errors are: duplicate keys, bytes after the document, NULs, invalid UTF-8, nesting
 * beyond JSON_DEPTH, and objects of more than JSON_KEYS keys. The tree itself is cJSON's. */
#pragma once
#include "error.h"
#include <cjson/cJSON.h>
#include <stddef.h>

enum { JSON_DEPTH = 16, JSON_KEYS = 256 /* each is compared with every other */, JSON_MAXIMUM = 1 << 20 };

static inline void cleanup_jsonp(cJSON **tree) {
    cJSON_Delete(*tree);
}
#define cleanup_json __attribute__((cleanup(cleanup_jsonp)))

/* Parses exactly `length` bytes. The caller owns *ret_tree (cJSON_Delete). Errors name line and column, or the
 * JSON pointer (RFC 6901) of a duplicate key. */
int json_parse(const char *text, size_t length, cJSON **ret_tree, struct error *err);

/* A field of an object; "" or `fallback` when it is missing or has another type. The text belongs to the tree. */
const char *json_text(const cJSON *object, const char *key);
double json_number(const cJSON *object, const char *key, double fallback);

/* The nearest of `names` (NULL-terminated) to `key` by edit distance, or NULL when none is near. */
const char *json_nearest(const char *key, const char *const *names);

/* The length of the UTF-8 sequence that begins at s, of which `left` bytes are there; 0: it is none (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF). */
size_t json_utf8_length(const unsigned char *s, size_t left);
