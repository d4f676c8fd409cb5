/* SPDX-License-Identifier: Apache-2.0
 * What seedctl's commands share: finding the seed, getting its documents, the operator's calls, and printing what
 * machines said. */
#pragma once
#include "json.h"
#include "reach.h"
#include <stdint.h>

struct ask {
    struct reach reach;
    CURL *curl;
};

/* Finds the seed and prepares to ask it. -1 after an error was reported: then every ask fails. Call ask_end() either
 * way. */
int ask_start(struct ask *ask, const struct arguments *arguments);
void ask_end(struct ask *ask);

/* GET of `path`, 200 expected; *ret is cleared first and bounded by its maximum. */
int ask_get(struct ask *ask, const char *path, long timeout_s, struct buf *ret, struct error *err);
/* As ask_get(), parsed as JSON; the caller deletes *ret. */
int ask_json(struct ask *ask, const char *path, long timeout_s, cJSON **ret, struct error *err);

/* The operator's call: POST of `body`. 0 with the seed's answer in *ret, which the caller deletes; -1 with the seed's
 * own words, when it refuses, behind `subject`. */
int ask_post(struct ask *ask, const char *path, const cJSON *body, const char *subject, cJSON **ret, struct error *err);

/* The operator's upload: PUT of the file. As ask_post(), without the answer; only a stall ends it. */
int ask_put(struct ask *ask, const char *path, const char *file, const char *subject, struct error *err);

/* Calls `each` for every event after *since, page by page; *since becomes the id of the last one. Waits up to `wait_s`
 * seconds for a first one. Stops when `each` returns false. */
int ask_events(struct ask *ask, int64_t *since, long wait_s, bool (*each)(void *context, const cJSON *event),
               void *context, struct error *err);

/* How the backups stand, in a line; nothing where the site wants none. */
void print_backup(const cJSON *backup);

/* One line on standard output. */
void print_json(const cJSON *tree);

/* Print what machines said. C0 and C1 control characters are replaced, so that nothing controls the terminal.
 * print_lines() keeps line feeds and prints `indent` at the start of each line. */
void print_plain(const char *text);
void print_lines(const char *text, const char *indent);
