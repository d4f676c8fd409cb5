/* SPDX-License-Identifier: Apache-2.0
 * One line for each message on stderr: `2021-01-01T00:00:00Z info seed-agent: text`. Code in lib/ never logs. */
#pragma once
#include "error.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

void log_set(const char *program, enum log_level least);
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

/* Prints "program: message; remedy [SR-CODE]" as one line on stderr. */
void error_report(const struct error *err, const char *program);
