/* SPDX-License-Identifier: Apache-2.0
 * See panel.h. */
#include "panel.h"

#include <stdio.h>
#include <string.h>

enum { VALUE = 13 /* the column where values begin */, CARD_ROWS = 4, WHAT_ROWS = 3, REMEDY_ROWS = 5, BAR_CELLS = 40 };

static bool is_over(const struct panel *panel, const struct panel_news *news) {
    bool ended = !strcmp(news->state, "done") || (!strcmp(news->state, "waiting") && news->code);
    return !strcmp(news->state, "ready") || (ended && !strcmp(news->step, panel->problem.step));
}

void panel_take(struct panel *panel, const struct panel_news *news, int64_t now_ms) {
    bool same_step = !strcmp(news->step, panel->now.step);
    if (!same_step)
        panel->step_ms = now_ms;
    if (!same_step || strcmp(news->state, panel->now.state) != 0 ||
        (!news->total && strcmp(news->message, panel->now.message) != 0))
        panel->since_ms = now_ms;
    panel->now = *news;
    if (news->problem) {
        if (strcmp(news->step, panel->problem.step) != 0 || strcmp(news->message, panel->problem.message) != 0)
            panel->problem_ms = now_ms;
        panel->problem = *news;
    } else if (is_over(panel, news)) {
        panel->problem = (struct panel_news){0};
    }
}

bool panel_is_still(const struct panel *panel) {
    return !strcmp(panel->now.state, "ready") && !panel->problem.state[0];
}

/* Printable ASCII from `column` on; n: at most so many bytes of `text`. A character of several bytes is one `?`. */
static void panel_put(char row[static PANEL_COLUMNS + 1], unsigned column, const char *text, size_t n) {
    size_t end = strlen(row);
    while (end < column)
        row[end++] = ' ';
    for (; column < PANEL_COLUMNS && n > 0 && *text; text++, n--) {
        unsigned char c = (unsigned char)*text;
        if ((c & 0xc0) != 0x80)
            row[column++] = c >= 0x20 && c < 0x7f ? *text : '?';
    }
    if (column > end)
        end = column;
    while (end > 0 && row[end - 1] == ' ')
        end--;
    row[end] = '\0';
}

/* How many bytes of `text` go into a line of `width`: up to a blank where there is one. */
static size_t piece(const char *text, size_t width) {
    size_t length = strlen(text), end = width;
    if (length <= width)
        return length;
    while (end > width / 2 && text[end] != ' ')
        end--;
    return text[end] == ' ' ? end : width;
}

/* Into rows from `row` to before `end`. Returns the row behind the last that was used. */
static unsigned wrap(struct panel_frame *ret, unsigned row, unsigned end, const char *text) {
    while (*text && row < end) {
        size_t n = piece(text, PANEL_COLUMNS - VALUE);
        panel_put(ret->row[row++], VALUE, text, n);
        text += n + strspn(text + n, " ");
    }
    if (*text && row > 0)
        panel_put(ret->row[row - 1], PANEL_COLUMNS - 4, " ...", 4);
    return row;
}

static unsigned rows_of(const char *text) {
    unsigned rows = 0;
    for (; *text; rows++) {
        text += piece(text, PANEL_COLUMNS - VALUE);
        text += strspn(text, " ");
    }
    return rows;
}

/* "12 s", "3 min", "5 h". */
static void print_span(int64_t ms, char *ret, size_t size) {
    long long s = ms > 0 ? ms / 1000 : 0;
    if (s < 180)
        snprintf(ret, size, "%lld s", s);
    else if (s < 3 * 3600)
        snprintf(ret, size, "%lld min", s / 60);
    else
        snprintf(ret, size, "%lld h", s / 3600);
}

static void panel_label(struct panel_frame *ret, unsigned row, const char *name) {
    panel_put(ret->row[row], 0, name, VALUE - 1);
}

static void draw_head(const struct panel_facts *facts, struct panel_frame *ret) {
    char release[sizeof(facts->release) + 16];
    snprintf(release, sizeof(release), "release %s", facts->release);
    panel_put(ret->row[0], 0, "Seedrack", 8);
    panel_put(ret->row[0], VALUE, facts->hostname[0] ? facts->hostname : "a machine that does not know yet who it is",
              SIZE_MAX);
    if (facts->release[0] && strlen(ret->row[0]) + strlen(release) < PANEL_COLUMNS)
        panel_put(ret->row[0], PANEL_COLUMNS - (unsigned)strlen(release), release, SIZE_MAX);
    memset(ret->row[1], '-', PANEL_COLUMNS);
}

const char *panel_addresses(const struct panel_card *card) {
    if (card->addresses[0])
        return card->addresses;
    return card->cable ? "no address" : "no cable";
}

static unsigned draw_cards(const struct panel_facts *facts, unsigned row, struct panel_frame *ret) {
    unsigned shown = facts->n_cards <= CARD_ROWS ? facts->n_cards : CARD_ROWS - 1;
    char text[160];
    panel_label(ret, row, "cards");
    if (!shown)
        panel_put(ret->row[row++], VALUE, "none that the kernel has a driver for", SIZE_MAX);
    for (unsigned i = 0; i < shown; i++) {
        const struct panel_card *card = &facts->cards[i];
        snprintf(text, sizeof(text), "%-8.15s %-18.17s%.71s", card->name, card->mac, panel_addresses(card));
        panel_put(ret->row[row++], VALUE, text, SIZE_MAX);
    }
    if (shown < facts->n_cards) {
        snprintf(text, sizeof(text), "and %u more", facts->n_cards - shown);
        panel_put(ret->row[row++], VALUE, text, SIZE_MAX);
    }
    return row;
}

static unsigned draw_word(struct panel_frame *ret, unsigned row, const char *name, const char *text,
                          const char *otherwise) {
    panel_label(ret, row, name);
    panel_put(ret->row[row], VALUE, text[0] ? text : otherwise, SIZE_MAX);
    return row + 1;
}

static void draw_bar(const struct panel_news *news, unsigned row, struct panel_frame *ret) {
    uint64_t bytes = news->bytes < news->total ? news->bytes : news->total;
    double part = (double)bytes / (double)news->total;
    char cells[BAR_CELLS + 1], text[PANEL_COLUMNS];
    memset(cells, '.', BAR_CELLS);
    memset(cells, '#', (size_t)(part * BAR_CELLS));
    cells[BAR_CELLS] = '\0';
    snprintf(text, sizeof(text), "[%s] %3.0f %%", cells, part * 100);
    panel_put(ret->row[row], VALUE, text, SIZE_MAX);
}

static unsigned draw_step(const struct panel *panel, int64_t now_ms, unsigned row, struct panel_frame *ret) {
    const struct panel_news *news = &panel->now;
    char text[160], span[32];
    print_span(now_ms - panel->step_ms, span, sizeof(span));
    if (news->number)
        snprintf(text, sizeof(text), "%u of %u: %s, for %s", news->number, news->steps, news->step, span);
    else
        snprintf(text, sizeof(text), "%s, for %s", news->step[0] ? news->step : "none yet", span);
    row = draw_word(ret, row, "step", panel_is_still(panel) ? news->step : text, "");
    print_span(now_ms - panel->since_ms, span, sizeof(span));
    snprintf(text, sizeof(text), "%s, for %s%s%s%s", news->state, span, news->code ? " [" : "", code_name(news->code),
             news->code ? "]" : "");
    row = draw_word(ret, row, "state", panel_is_still(panel) ? news->state : text, "");
    row = wrap(ret, row, row + (panel->problem.state[0] ? 1 : WHAT_ROWS), news->problem ? "see below" : news->message);
    if (news->total)
        draw_bar(news, row++, ret);
    return row;
}

/* The remedy gets its rows first: it is what a person needs most. */
static void draw_problem(const struct panel *panel, int64_t now_ms, unsigned row, struct panel_frame *ret) {
    const struct panel_news *problem = &panel->problem;
    char text[160], span[32];
    unsigned remedy = rows_of(problem->remedy), last;
    if (remedy > REMEDY_ROWS)
        remedy = REMEDY_ROWS;
    print_span(now_ms - panel->problem_ms, span, sizeof(span));
    snprintf(text, sizeof(text), "%s at %s, for %s", code_name(problem->code), problem->step, span);
    row = draw_word(ret, row, "last error", text, "");
    last = wrap(ret, row, PANEL_ROWS - remedy, problem->message);
    if (remedy) {
        panel_label(ret, last, "remedy");
        wrap(ret, last, last + remedy, problem->remedy);
    }
}

void panel_draw(const struct panel *panel, int64_t now_ms, struct panel_frame *ret) {
    const struct panel_facts *facts = &panel->now.facts;
    memset(ret, 0, sizeof(*ret));
    draw_head(facts, ret);
    unsigned row = draw_cards(facts, 2, ret);
    row = draw_word(ret, row, "seed", facts->seed, "nobody told its address yet");
    row = draw_word(ret, row, "fingerprint", facts->fingerprint, "no key yet");
    row = draw_step(panel, now_ms, row + 1, ret);
    if (panel->problem.state[0])
        draw_problem(panel, now_ms, row + 1, ret);
}

void panel_changes(const struct panel_frame *old, const struct panel_frame *frame, struct buf *ret) {
    bool any = !old;
    if (!old)
        buf_adds(ret, "\033[?25l\033[0m\033[2J"); /* no cursor, no colours, nothing else on it */
    for (unsigned i = 0; i < PANEL_ROWS; i++) {
        if (old && !strcmp(old->row[i], frame->row[i]))
            continue;
        /* after a full line the cursor is on its last character, and clearing would erase it */
        buf_addf(ret, "\033[%u;1H%s%s", i + 1, frame->row[i], strlen(frame->row[i]) < PANEL_COLUMNS ? "\033[K" : "");
        any = true;
    }
    if (any)
        buf_adds(ret, "\033[999;1H");
}
