/* SPDX-License-Identifier: Apache-2.0
 * What a person in front of the machine reads: which machine it is, which step runs, what it waits for and since when,
 * and the last error with its remedy. Pure: news in, a picture of 24 lines of 80 columns out. agent/decide/lines.h has
 * the same for serial lines. */
#pragma once
#include "buf.h"
#include "codes.h"
#include <stdbool.h>
#include <stdint.h>

enum { PANEL_ROWS = 24, PANEL_COLUMNS = 80, PANEL_CARDS = 8 };

struct panel_card {
    char name[16], mac[18], addresses[72]; /* with prefix lengths, blanks between them */
    bool cable;
};

struct panel_facts {
    char hostname[64], release[32]; /* "": no role document yet */
    char seed[128];                 /* URL; "": nobody told it yet */
    char fingerprint[20];           /* of the key that the operator compares, "0123-4567-89ab-cdef"; "": no key yet */
    struct panel_card cards[PANEL_CARDS];
    unsigned n_cards; /* of the machine; `cards` has the first PANEL_CARDS of them */
};

/* One thing that happened, in the words and with the code that the log and the seed get. */
struct panel_news {
    struct panel_facts facts;
    char step[24], state[12], message[640], remedy[320]; /* state: running, waiting, failed, done, ready */
    enum code code;
    bool problem;           /* the message is of an error, whatever the state is */
    unsigned number, steps; /* "step 6 of 13"; 0: none of them */
    uint64_t bytes, total;  /* of a transfer; total 0: there is none */
};

/* All times are CLOCK_BOOTTIME in milliseconds. */
struct panel {
    struct panel_news now;
    struct panel_news problem;             /* the last one that is not over; state "": none */
    int64_t step_ms, since_ms, problem_ms; /* when this step, this state, and this problem began */
};

struct panel_frame {
    char row[PANEL_ROWS][PANEL_COLUMNS + 1]; /* printable ASCII, no blanks at the end */
};

/* Takes one piece of news. A problem that comes again keeps the time when it began. It is over when its step is done,
 * when its step waits with a code, or when the machine is ready without a problem. A wait without a code belongs to the
 * next attempt, so it ends nothing. */
void panel_take(struct panel *panel, const struct panel_news *news, int64_t now_ms);

/* The card's addresses, or why it has none. */
const char *panel_addresses(const struct panel_card *card);

/* Whether the picture stays the same without news: no seconds are counted. */
bool panel_is_still(const struct panel *panel);

/* Draws the panel. Characters other than printable ASCII become `?`; text that has no room ends with "...". */
void panel_draw(const struct panel *panel, int64_t now_ms, struct panel_frame *ret);

/* Appends the control sequences (ECMA-48) that turn `old` into `frame`, for the lines that differ. old NULL: the
 * screen's content is unknown, and all of it is drawn. Appends nothing when they are equal. The cursor ends on the last
 * line, where a panic of the kernel would print. */
void panel_changes(const struct panel_frame *old, const struct panel_frame *frame, struct buf *ret);
