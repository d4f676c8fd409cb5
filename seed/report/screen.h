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

/* Draws from the top left corner and clears each line to its end. What machines said is shown as printable ASCII. When
 * there is too little room, Ready machines are left out first. */
void screen_draw(const struct screen *screen, const cJSON *nodes, struct buf *ret);

/* The control sequence that starts or ends the colour of a state; "" without colours. */
const char *screen_colour(bool colours, const char *state);
const char *screen_plain(bool colours);
