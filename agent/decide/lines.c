/* SPDX-License-Identifier: Apache-2.0
 * See lines.h. */
#include "lines.h"

#include <stdio.h>
#include <string.h>

enum { PROGRESS_MS = 5000, STILL_FIRST_S = 10, STILL_MOST_S = 60, CARDS_SAID = 4 };

static void add_line(struct buf *ret, int64_t now_ms, const char *step, const char *state, const char *text) {
    char line[LINES_SIZE - 1];
    size_t n = 0;
    snprintf(line, sizeof(line), "seedrack %7.1f s  %-9s %-8s %s", (double)now_ms / 1000, step, state, text);
    for (const char *c = line; *c; c++) /* a character of several bytes is one `?` */
        if (((unsigned char)*c & 0xc0) != 0x80)
            line[n++] = (unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f ? *c : '?';
    buf_add(ret, line, n);
    buf_adds(ret, "\r\n");
}

static void add_facts(struct buf *ret, int64_t now_ms, const struct panel_facts *facts) {
    char text[LINES_SIZE];
    size_t n = (size_t)snprintf(text, sizeof(text), "%s", facts->hostname[0] ? facts->hostname : "not known yet");
    for (unsigned i = 0; i < facts->n_cards && i < CARDS_SAID; i++) {
        const struct panel_card *card = &facts->cards[i];
        n += (size_t)snprintf(text + n, sizeof(text) - n, "; %s %s %s", card->name, card->mac, panel_addresses(card));
    }
    if (facts->n_cards > CARDS_SAID)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "; and %u more", facts->n_cards - CARDS_SAID);
    snprintf(text + n, sizeof(text) - n, "%s%s%s%s%s%s", facts->release[0] ? "; release " : "", facts->release,
             facts->seed[0] ? "; seed " : "", facts->seed, facts->fingerprint[0] ? "; fingerprint " : "",
             facts->fingerprint);
    add_line(ret, now_ms, "machine", "is", text);
}

static void add_news(struct buf *ret, int64_t now_ms, const struct panel_news *news, int64_t since_ms) {
    char text[LINES_SIZE], since[48] = "";
    if (since_ms)
        snprintf(since, sizeof(since), " (for %lld s)", (long long)since_ms / 1000);
    snprintf(text, sizeof(text), "%s%s%s%s%s%s%s", news->message, news->remedy[0] ? "; " : "", news->remedy,
             news->code ? " [" : "", code_name(news->code), news->code ? "]" : "", since);
    add_line(ret, now_ms, news->step, news->state, text);
}

/* Where the last message of this state is kept; unknown states share one place. */
static char *said_of(struct lines *lines, const char *state) {
    static const char *const states[] = {"running", "waiting", "failed", "done"};
    size_t i = 0;
    while (i < sizeof(states) / sizeof(states[0]) && strcmp(states[i], state) != 0)
        i++;
    return lines->said[i];
}

static bool is_new(struct lines *lines, const struct panel_news *news, int64_t now_ms) {
    if (strcmp(lines->step, news->step) != 0) {
        memset(lines->said, 0, sizeof(lines->said));
        memcpy(lines->step, news->step, sizeof(lines->step));
        lines->still_s = 0;
    } else if (!strcmp(said_of(lines, news->state), news->message)) {
        return false;
    }
    if (news->total && lines->progress_ms && now_ms - lines->progress_ms < PROGRESS_MS)
        return false;
    lines->progress_ms = news->total ? now_ms : 0;
    memcpy(said_of(lines, news->state), news->message, sizeof(news->message));
    return true;
}

static void expect(struct lines *lines, unsigned still_s, int64_t now_ms) {
    lines->still_s = still_s < STILL_MOST_S ? still_s : STILL_MOST_S;
    lines->still_ms = now_ms + lines->still_s * 1000L;
}

/* Cards, address, fingerprint and name become known one after the other within a second. So they are printed only when
 * a step ends or fails. */
static bool is_end(const struct panel_news *news) {
    return news->problem || !strcmp(news->state, "done") || !strcmp(news->state, "ready");
}

void lines_take(struct lines *lines, const struct panel *panel, int64_t now_ms, struct buf *ret) {
    const struct panel_news *news = &panel->now;
    if (is_end(news) && memcmp(&lines->facts, &news->facts, sizeof(lines->facts)) != 0) {
        lines->facts = news->facts;
        add_facts(ret, now_ms, &news->facts);
    }
    if (!is_new(lines, news, now_ms))
        return;
    add_news(ret, now_ms, news, 0);
    expect(lines, STILL_FIRST_S, now_ms);
    if (is_end(news) && !panel->problem.state[0])
        lines->still_ms = 0;
}

void lines_still(struct lines *lines, const struct panel *panel, int64_t now_ms, struct buf *ret) {
    bool problem = panel->problem.state[0];
    add_news(ret, now_ms, problem ? &panel->problem : &panel->now,
             now_ms - (problem ? panel->problem_ms : panel->since_ms));
    expect(lines, lines->still_s * 2, now_ms);
}
