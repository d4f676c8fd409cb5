/* SPDX-License-Identifier: Apache-2.0
 * An error reads as a path: "apply network: route add `0.0.0.0/0`: ENETUNREACH; remedy". The function that
 * fails first sets it, every boundary wraps it, and only the outermost caller reports it. */
#pragma once
#include "codes.h"
#include <stdarg.h>

struct error {
    int errnum;        /* errno value, or -1 where errno does not apply; 0 = no error */
    char message[640]; /* one line, control bytes are shown as `?`; cut at the end when too long */
    char remedy[320];  /* what a person can do; may be empty */
    enum code code;    /* the stable code; SR_NONE: the caller or the step adds one */
};

/* Sets message and errnum (0 counts as -1); clears the remedy and the stable code. Always returns -1, so that callers
 * can `return error_set(...)`. */
int error_set(struct error *err, int errnum, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As error_set(), with the stable code. */
int error_fail(struct error *err, enum code code, int errnum, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* As error_set() with the errno's name appended, e.g. ": ENOENT". */
int error_errno(struct error *err, int errnum, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the message. Always returns -1. */
int error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets the remedy, unless a deeper layer has set one. Always returns -1. */
int error_remedy(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets the stable code, unless a deeper layer has set one. Always returns -1. */
int error_code(struct error *err, enum code code);
