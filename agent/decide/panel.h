/* SPDX-License-Identifier: Apache-2.0
 * What a person in front of the machine reads: who it is, which step it takes, what it waits for since when, and the
 * last error with its remedy. Pure: news in, a picture of 24 lines of 80 columns out; agent/decide/lines.h says the
 * same on a serial line. */
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
    unsigned n_cards; /* that there are; only PANEL_CARDS of them are above */
};

/* One thing that happened, with the words and the code that the log and the seed get. */
struct panel_news {
    struct panel_facts facts;
    char step[24], state[12], message[640], remedy[320]; /* state: running, waiting, failed, done, ready */
    enum code code;
    bool problem;           /* the message is of an error, whatever the state is */
    unsigned number, steps; /* "step 6 of 13"; 0: none of them */
    uint64_t bytes, total;  /* of a transfer; total 0: none goes on */
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

/* A problem that comes again keeps its time. It is over when its step is done, or waits for what has a code of its own,
 * or the machine is ready without one. A wait without a code is part of the next attempt. */
void panel_take(struct panel *panel, const struct panel_news *news, int64_t now_ms);

/* Its addresses, or why it has none. */
const char *panel_addresses(const struct panel_card *card);

/* Nothing on it changes by itself any more: no seconds are counted. */
bool panel_is_still(const struct panel *panel);

/* What came from outside is shown as printable ASCII, other characters as `?`; what has no room ends with "...". */
void panel_draw(const struct panel *panel, int64_t now_ms, struct panel_frame *ret);

/* Appends the control sequences (ECMA-48) that make `old` into `frame`, those lines alone that differ; old NULL:
 * whatever is on the screen. Nothing when they are equal. The cursor ends on the last line, where the kernel's last
 * words begin. */
void panel_changes(const struct panel_frame *old, const struct panel_frame *frame, struct buf *ret);
