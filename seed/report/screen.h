/* SPDX-License-Identifier: Apache-2.0
 * The picture of `seedctl status --watch`: a table that fits the terminal. Pure, from the seed's document GET
 * /v1/nodes. */
#pragma once
#include "buf.h"
#include <cjson/cJSON.h>
#include <stdbool.h>

struct screen {
    unsigned columns, rows;
    bool colours;
    long seconds; /* since the watching began */
};

/* From the top left corner, each line cleared to its end; what machines say is shown as printable ASCII. Machines that
 * are Ready make room for those that are not. */
void screen_draw(const struct screen *screen, const cJSON *nodes, struct buf *ret);

/* The colour of a state, or its end; "" where there are none. */
const char *screen_colour(bool colours, const char *state);
const char *screen_plain(bool colours);
