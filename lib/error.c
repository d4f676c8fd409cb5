/* SPDX-License-Identifier: Apache-2.0
 * See error.h. */
#include "error.h"

#include <stdio.h>
#include <string.h>

/* Messages quote text from outside. It must not be able to move a console's cursor or to begin a new line of a log. */
static void one_line(char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

static void error_start(struct error *err, int errnum, enum code code) {
    one_line(err->message);
    err->errnum = errnum ? errnum : -1;
    err->remedy[0] = '\0';
    err->code = code;
}

int error_set(struct error *err, int errnum, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(err->message, sizeof(err->message), format, ap);
    va_end(ap);
    error_start(err, errnum, SR_NONE);
    return -1;
}

int error_fail(struct error *err, enum code code, int errnum, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(err->message, sizeof(err->message), format, ap);
    va_end(ap);
    error_start(err, errnum, code);
    return -1;
}

int error_errno(struct error *err, int errnum, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    int length = vsnprintf(err->message, sizeof(err->message), format, ap);
    va_end(ap);
    const char *name = strerrorname_np(errnum);
    if (length >= 0 && (size_t)length < sizeof(err->message))
        snprintf(err->message + length, sizeof(err->message) - (size_t)length, ": %s", name ? name : "unknown error");
    error_start(err, errnum, SR_NONE);
    return -1;
}

int error_wrap(struct error *err, const char *format, ...) {
    char old[sizeof(err->message)];
    memcpy(old, err->message, sizeof(old));
    va_list ap;
    va_start(ap, format);
    int length = vsnprintf(err->message, sizeof(err->message), format, ap);
    va_end(ap);
    if (length >= 0 && (size_t)length < sizeof(err->message))
        snprintf(err->message + length, sizeof(err->message) - (size_t)length, ": %.500s", old);
    one_line(err->message);
    return -1;
}

int error_remedy(struct error *err, const char *format, ...) {
    if (!err->remedy[0]) {
        va_list ap;
        va_start(ap, format);
        vsnprintf(err->remedy, sizeof(err->remedy), format, ap);
        va_end(ap);
        one_line(err->remedy);
    }
    return -1;
}

int error_code(struct error *err, enum code code) {
    if (err->code == SR_NONE)
        err->code = code;
    return -1;
}
