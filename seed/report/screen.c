/* SPDX-License-Identifier: Apache-2.0
 * See screen.h. Control sequences: ECMA-48. */
#include "screen.h"

#include "json.h"
#include "step_names.h"
#include <stdio.h>
#include <string.h>

#define CLEAR_LINE "\033[K"
enum {
    NAME = 16,
    ROLE = 7,
    STEP = 17,
    STATE = 8,
    SINCE = 8,
    FIXED = NAME + ROLE + STEP + STATE + SINCE,
    HEAD_ROWS = 3,
    BAR_CELLS = 10,
    BAR_SIZE = 32
};

static bool is_ready(const cJSON *node) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(node, "ready"));
}

const char *screen_colour(bool colours, const char *state) {
    static const char *const list[][2] = {{"ready", "\033[32m"}, {"failed", "\033[31m"}, {"waiting", "\033[33m"}};
    for (size_t i = 0; colours && i < sizeof(list) / sizeof(list[0]); i++)
        if (!strcmp(list[i][0], state))
            return list[i][1];
    return "";
}

const char *screen_plain(bool colours) {
    return colours ? "\033[0m" : "";
}

/* Adds exactly `width` columns; the last one is blank unless this is the last cell. */
static void add_cell(struct buf *ret, unsigned width, const char *text, bool last) {
    unsigned n = 0, most = last || !width ? width : width - 1;
    for (; *text && n < most; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c & 0xc0) == 0x80)
            continue; /* the rest of a multi-byte character that was shown as `?` */
        buf_add(ret, c >= 0x20 && c < 0x7f ? text : "?", 1);
        n++;
    }
    for (; !last && n < width; n++)
        buf_adds(ret, " ");
}

/* "[###.......] 25% ", or "" when there is no transfer. */
static void print_bar(const cJSON *node, char ret[static BAR_SIZE]) {
    double bytes = json_number(node, "bytes", -1), total = json_number(node, "total", -1);
    char cells[BAR_CELLS + 1];
    ret[0] = '\0';
    if (bytes < 0 || total <= 0 || bytes > total)
        return;
    unsigned full = (unsigned)(bytes / total * BAR_CELLS);
    for (unsigned i = 0; i < BAR_CELLS; i++)
        cells[i] = i < full ? '#' : '.';
    cells[BAR_CELLS] = '\0';
    snprintf(ret, BAR_SIZE, "[%s] %3.0f%% ", cells, bytes / total * 100);
}

static void add_step(struct buf *ret, const char *step) {
    char text[64];
    enum step_name number = step_name_find(step);
    if (number < STEP_ready)
        snprintf(text, sizeof(text), "%2d/%d %s", number + 1, STEP_ready, step);
    else
        snprintf(text, sizeof(text), "%.32s", step[0] ? step : "silent");
    add_cell(ret, STEP, text, false);
}

static void add_node(struct buf *ret, const struct screen *screen, const cJSON *node) {
    const char *state = json_text(node, "state"), *code = json_text(node, "code");
    double since = json_number(node, "since_ms", -1), script = json_number(node, "script_ms", -1);
    bool booted = script >= 0 && script < 1e12 && (since < 0 || script < since); /* after its last event */
    char seconds[32] = "-", bar[BAR_SIZE], message[512];
    if (since >= 0 && since < 1e12)
        snprintf(seconds, sizeof(seconds), "%.0f s", since / 1000);
    print_bar(node, bar);
    if (booted)
        snprintf(message, sizeof(message), "booted iPXE %.0f s ago, silent since", script / 1000);
    else
        snprintf(message, sizeof(message), "%s%s%.27s%s%.400s", bar, code[0] ? "[" : "", code, code[0] ? "] " : "",
                 json_text(node, "message"));
    buf_adds(ret, screen_colour(screen->colours, is_ready(node) ? "ready" : state));
    add_cell(ret, NAME, json_text(node, "hostname"), false);
    add_cell(ret, ROLE, json_text(node, "role"), false);
    add_step(ret, json_text(node, "step"));
    add_cell(ret, STATE, state, false);
    add_cell(ret, SINCE, seconds, false);
    add_cell(ret, screen->columns > FIXED ? screen->columns - FIXED : 0, message, true);
    buf_adds(ret, screen_plain(screen->colours));
    buf_adds(ret, CLEAR_LINE "\n");
}

static void add_head(struct buf *ret, const struct screen *screen, const cJSON *nodes, unsigned ready, unsigned all) {
    const cJSON *record = cJSON_GetObjectItemCaseSensitive(nodes, "bootstrap");
    const char *holder = json_text(record, "holder");
    char line[320];
    snprintf(line, sizeof(line), "%.63s: %u of %u Ready, bootstrap %.16s, holder %.63s, watched for %ld s",
             json_text(nodes, "site"), ready, all, json_text(record, "state"), holder[0] ? holder : "none",
             screen->seconds);
    buf_adds(ret, "\033[H");
    add_cell(ret, screen->columns, line, true);
    buf_adds(ret, CLEAR_LINE "\n" CLEAR_LINE "\n");
    add_cell(ret, NAME, "MACHINE", false);
    add_cell(ret, ROLE, "ROLE", false);
    add_cell(ret, STEP, "STEP", false);
    add_cell(ret, STATE, "STATE", false);
    add_cell(ret, SINCE, "SINCE", false);
    add_cell(ret, screen->columns > FIXED ? screen->columns - FIXED : 0, "MESSAGE", true);
    buf_adds(ret, CLEAR_LINE "\n");
}

void screen_draw(const struct screen *screen, const cJSON *nodes, struct buf *ret) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(nodes, "nodes"), *node;
    unsigned all = 0, ready = 0, room = screen->rows > HEAD_ROWS + 1 ? screen->rows - HEAD_ROWS - 1 : 1, shown = 0;
    cJSON_ArrayForEach(node, list) {
        all++;
        ready += is_ready(node);
    }
    unsigned busy = all - ready, spare = room > busy ? room - busy : 0; /* for Ready ones */
    add_head(ret, screen, nodes, ready, all);
    cJSON_ArrayForEach(node, list) {
        if (shown == room || (is_ready(node) && spare == 0))
            continue;
        spare -= is_ready(node);
        shown++;
        add_node(ret, screen, node);
    }
    if (shown < all)
        buf_addf(ret, "and %u more" CLEAR_LINE, all - shown);
    buf_adds(ret, "\033[J");
}
