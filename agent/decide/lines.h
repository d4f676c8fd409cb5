/* SPDX-License-Identifier: Apache-2.0
 * The panel as plain lines for a serial line that may be as slow as 9600 baud: one when something is new, and while
 * nothing is, one now and then that says what is waited for and since when. No control sequences. Pure. */
#pragma once
#include "panel.h"

enum { LINES_SIZE = 1400 }; /* one line, its CR LF included */

struct lines {
    struct panel_facts facts; /* that were said */
    char step[24];
    char said[5][640];   /* the last message of each state of this step */
    int64_t progress_ms; /* when a transfer was last spoken of */
    int64_t still_ms;    /* when the next line is due that says what is still waited for; 0: never */
    unsigned still_s;
};

/* Appends what the panel has that was not said: the facts, when a step ends or fails, and the news of this step.
 * Attempts that end like the one before are not repeated, transfers have a line every five seconds. */
void lines_take(struct lines *lines, const struct panel *panel, int64_t now_ms, struct buf *ret);

/* Appends the line that is due at lines->still_ms: after 10 s, 20 s, 40 s, then once a minute. */
void lines_still(struct lines *lines, const struct panel *panel, int64_t now_ms, struct buf *ret);
