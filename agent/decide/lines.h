/* SPDX-License-Identifier: Apache-2.0
 * The panel as plain text for a serial line, which may be as slow as 9600 baud. There is one line when something is
 * new. While nothing is new, a line now and then says what the machine waits for and since when. No control sequences.
 * Pure. */
#pragma once
#include "panel.h"

enum { LINES_SIZE = 1400 }; /* one line, its CR LF included */

struct lines {
    struct panel_facts facts; /* as printed last */
    char step[24];
    char said[5][640];   /* the last message of each state of this step */
    int64_t progress_ms; /* when a transfer was last spoken of */
    int64_t still_ms;    /* when the next line is due that says what is still waited for; 0: never */
    unsigned still_s;
};

/* Appends what the panel has and was not printed yet: the facts when a step ends or fails, and the news of this step.
 * An attempt that ends like the one before is not printed again. A transfer gets one line every five seconds. */
void lines_take(struct lines *lines, const struct panel *panel, int64_t now_ms, struct buf *ret);

/* Appends the line that is due at lines->still_ms: after 10 s, 20 s, 40 s, then once a minute. */
void lines_still(struct lines *lines, const struct panel *panel, int64_t now_ms, struct buf *ret);
