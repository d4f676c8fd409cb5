/* SPDX-License-Identifier: Apache-2.0
 * Reading the fields of a request's body strictly: no unknown keys, no wrong types, everything bounded. */
#pragma once
#include "error.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/* Checks that `tree` is an object without other keys than `names` (NULL-terminated). The error names the nearest known
 * key. */
int fields_check(const cJSON *tree, const char *const *names, struct error *err);

/* A string of `least` to `most` bytes; *ret_text belongs to the tree. When absent: "" if `least` is 0, else an
 * error. */
int fields_string(const cJSON *tree, const char *name, size_t least, size_t most, const char **ret_text,
                  struct error *err);

/* A whole number of 0 to `most`. When absent or null: `fallback`, or an error if that is negative. */
int fields_integer(const cJSON *tree, const char *name, int64_t most, int64_t fallback, int64_t *ret_value,
                   struct error *err);

/* A whole number of 0 to `most` as text, digits alone: what a query has. */
int fields_number(const char *text, int64_t most, int64_t *ret_value, struct error *err);

bool fields_is_hex(const char *text, size_t digits); /* exactly `digits` lower-case hex digits */
bool fields_is_decimal(const char *text);            /* 1 to 15 digits */
