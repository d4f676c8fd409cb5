/* SPDX-License-Identifier: Apache-2.0
 * See log.h. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static struct {
    const char *program;
    enum log_level least;
} settings = {.program = "seedrack", .least = LOG_INFO};

void log_set(const char *program, enum log_level least) {
    settings.program = program;
    settings.least = least;
}

void log_line(enum log_level level, const char *format, ...) {
    static const char *const names[] = {"debug", "info", "warning", "error"};
    if (level < settings.least)
        return;
    char text[1400], stamp[32];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' '; /* a message stays one line, whatever it quotes */
    fprintf(stderr, "%s %s %s: %s\n", stamp, names[level], settings.program, text);
}

void error_report(const struct error *err, const char *program) {
    fprintf(stderr, "%s: %s%s%s%s%s%s\n", program, err->message, err->remedy[0] ? "; " : "", err->remedy,
            err->code ? " [" : "", code_name(err->code), err->code ? "]" : "");
}
