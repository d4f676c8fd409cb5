/* SPDX-License-Identifier: Apache-2.0
 * What the looking commands of seedctl share: where the seed is, its documents, and printing what machines said. */
#pragma once
#include "json.h"
#include "reach.h"
#include <getopt.h>
#include <stdint.h>

struct ask {
    struct reach reach;
    CURL *curl;
};

/* Rows for getopt_long(), and their lines of a usage text. */
#define ASK_OPTIONS                                                                                                    \
    {"seed", required_argument, NULL, 's'}, {"pki", required_argument, NULL, 'p'},                                     \
        {"admin-socket", required_argument, NULL, 'a'}, {                                                              \
        "help", no_argument, NULL, 'h'                                                                                 \
    }
#define ASK_USAGE                                                                                                      \
    "  --seed URL       $SEEDRACK_SEED, else http://127.0.0.1:8080\n"                                                  \
    "  --pki DIR        with https://: ca.crt, operator.crt and operator.key of seedctl init\n"                        \
    "  --admin-socket PATH  on the seed's own machine\n"

void ask_start(struct ask *ask);
void ask_end(struct ask *ask);
void ask_option(struct ask *ask, int c, const char *value); /* one that getopt_long() found; others are ignored */

/* GET of `path`, 200 expected; *ret is cleared first and bounded by its maximum. */
int ask_get(struct ask *ask, const char *path, long timeout_s, struct buf *ret, struct error *err);
/* The same, parsed; the caller deletes *ret. */
int ask_json(struct ask *ask, const char *path, long timeout_s, cJSON **ret, struct error *err);

/* Calls `each` for every event after *since, page by page, until there is none; *since becomes the last one's id.
 * `wait_s`: so long for a first one. Stops when `each` returns false. */
int ask_events(struct ask *ask, int64_t *since, long wait_s, bool (*each)(void *context, const cJSON *event),
               void *context, struct error *err);

/* A field of an object that the seed sent: "" or `fallback` where it is missing or of another type. */
const char *text_of(const cJSON *object, const char *key);
double number_of(const cJSON *object, const char *key, double fallback);

/* What machines say must not steer the terminal: no C0 or C1 controls; `lines`: but line feeds, after which `indent` is
 * printed. */
void print_plain(const char *text);
void print_lines(const char *text, const char *indent);
