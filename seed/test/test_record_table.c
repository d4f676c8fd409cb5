/* SPDX-License-Identifier: Apache-2.0
 * record_next() and docs/model/transitions.h, the table that the model of the record decides by: every combination of
 * state, event, sender, numbers, hash and lease fits exactly one row, and does what the row says. */
#include "record/record.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define HASH_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
enum { EPOCH = 3, TOKEN = 7, NOW = 1000000, LEASE_LEFT_MS = 5000 };

/* The words of the table. Sets have one bit a value. */
enum { EMPTY = 1, RESERVED = 2, INITIALISING = 4, INITIALISED = 8, QUARANTINE = 16, ALL_STATES = 31 };
enum { HOLDER = 1, OTHER = 2, ANYONE = 3 };
enum { OLDER_EPOCH = 1, OLDER_TOKEN = 2, SAME = 4, NEWER_TOKEN = 8, NEWER_EPOCH = 16, NEWER = 24, ANY = 31 };
enum { NONE = 1, EQUAL = 2, DIFFERENT = 4, ANY_HASH = 7 };
enum { RUNNING = 1, OVER = 2, ANYTIME = 3 };
enum effect { STAY, TAKE, EXTEND, ENTER, BEAR, FREE, NEXT_EPOCH, DOUBT, ADOPT };

static const struct row {
    enum record_event_type event;
    unsigned states, sender, numbers, hashes, lease;
    enum record_answer answer;
    enum effect effect;
    const char *text;
} rows[] = {
#define ROW(event, states, sender, numbers, hashes, lease, answer, effect)                                             \
    {RECORD_##event,  states, sender,                                                                                  \
     numbers,         hashes, lease,                                                                                   \
     RECORD_##answer, effect, #event " in " #states ", " #sender ", " #numbers ", " #hashes ", " #lease},
#include "../../docs/model/transitions.h"
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* Records to start from: in QUARANTINE a holder and a CA hash may be left, or not. */
static const struct {
    enum record_state state;
    const char *holder, *ca_hash;
} starts[] = {
    {RECORD_EMPTY, "", ""},          {RECORD_RESERVED, "m1", ""},
    {RECORD_INITIALISING, "m1", ""}, {RECORD_INITIALISED, "m1", HASH_A},
    {RECORD_QUARANTINE, "", ""},     {RECORD_QUARANTINE, "m1", HASH_A},
};

static struct bootstrap_record start(size_t i, bool lease_over) {
    struct bootstrap_record record = {.version = 10, .state = starts[i].state, .epoch = EPOCH, .token = TOKEN};
    snprintf(record.holder, sizeof(record.holder), "%s", starts[i].holder);
    snprintf(record.ca_hash, sizeof(record.ca_hash), "%s", starts[i].ca_hash);
    if (record.state == RECORD_RESERVED)
        record.lease_until_ms = lease_over ? NOW : NOW + LEASE_LEFT_MS;
    assert_true(record_valid(&record));
    return record;
}

static bool fits(const struct row *row, const struct bootstrap_record *record, const struct record_event *event) {
    bool holds = record->holder[0] && !strcmp(record->holder, event->hostname);
    unsigned hash = !event->ca_hash ? NONE : strcmp(event->ca_hash, record->ca_hash) ? DIFFERENT : EQUAL;
    unsigned numbers = event->epoch < record->epoch   ? OLDER_EPOCH
                       : event->epoch > record->epoch ? NEWER_EPOCH
                       : event->token < record->token ? OLDER_TOKEN
                       : event->token > record->token ? NEWER_TOKEN
                                                      : SAME;
    return row->event == event->type && (row->states & 1U << record->state) &&
           (row->sender & (holds ? HOLDER : OTHER)) && (row->numbers & numbers) && (row->hashes & hash) &&
           (row->lease & (event->now_ms >= record->lease_until_ms ? OVER : RUNNING));
}

static void enter(struct bootstrap_record *next, enum record_state state, const char *holder, const char *ca_hash) {
    next->version++;
    next->state = state;
    next->lease_until_ms = 0;
    snprintf(next->holder, sizeof(next->holder), "%s", holder);
    snprintf(next->ca_hash, sizeof(next->ca_hash), "%s", ca_hash);
}

/* What the effect's line in transitions.h says. */
static struct bootstrap_record expected(enum effect effect, const struct bootstrap_record *record,
                                        const struct record_event *event) {
    struct bootstrap_record next = *record;
    switch (effect) {
    case TAKE:
        enter(&next, RECORD_RESERVED, event->hostname, "");
        next.token++;
        next.lease_until_ms = event->now_ms + RECORD_LEASE_MS;
        break;
    case EXTEND:
        next.lease_until_ms = event->now_ms + RECORD_LEASE_MS;
        break;
    case ENTER:
        enter(&next, RECORD_INITIALISING, record->holder, "");
        next.token++;
        break;
    case BEAR:
        enter(&next, RECORD_INITIALISED, record->holder, event->ca_hash);
        break;
    case FREE:
        enter(&next, RECORD_EMPTY, "", "");
        break;
    case NEXT_EPOCH:
        enter(&next, RECORD_EMPTY, "", "");
        next.epoch++;
        break;
    case DOUBT:
        enter(&next, RECORD_QUARANTINE, event->epoch > record->epoch ? "" : record->holder,
              event->epoch > record->epoch ? "" : record->ca_hash);
        if (event->epoch > record->epoch || event->token > record->token) {
            next.epoch = event->epoch;
            next.token = event->token;
        }
        break;
    case ADOPT:
        enter(&next, RECORD_INITIALISED, event->hostname, event->ca_hash);
        next.epoch++;
        break;
    case STAY:
        break;
    }
    return next;
}

static void check(const struct bootstrap_record *record, const struct record_event *event, bool used[ROWS]) {
    const struct row *row = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        if (!fits(&rows[i], record, event))
            continue;
        if (row)
            fail_msg("two rows fit: %s; %s", row->text, rows[i].text);
        row = &rows[i];
        used[i] = true;
    }
    if (!row)
        fail_msg("no row fits: %s in %s by %s, (%lld, %lld)", record_event_name(event->type),
                 record_state_name(record->state), event->hostname, (long long)event->epoch, (long long)event->token);
    struct bootstrap_record next = *record;
    const struct bootstrap_record wanted = expected(row->effect, record, event);
    enum record_answer answer = record_next(record, event, &next);
    if (answer != row->answer || !record_equal(&next, &wanted) || next.lease_until_ms != wanted.lease_until_ms)
        fail_msg("%s: record_next() answers %s: %s (%lld, %lld) `%s` `%.12s`", row->text, record_answer_code(answer),
                 record_state_name(next.state), (long long)next.epoch, (long long)next.token, next.holder,
                 next.ca_hash);
    assert_true(record_valid(&next));
}

static void test_every_combination(void **state) {
    (void)state;
    static const int numbers[][2] = {{-1, 1}, {0, -1}, {0, 0}, {0, 1}, {1, -1}, {-1, 0}, {1, 0}};
    static const char *const senders[] = {"m1", "m2"}, *const hashes[] = {NULL, HASH_A, HASH_B};
    bool used[ROWS] = {false};
    unsigned n = 0;
    for (int type = 0; type < RECORD_EVENTS; type++)
        for (size_t s = 0; s < sizeof(starts) / sizeof(starts[0]); s++)
            for (size_t p = 0; p < sizeof(numbers) / sizeof(numbers[0]); p++)
                for (unsigned rest = 0; rest < 2 * 3 * 2; rest++, n++) {
                    const struct bootstrap_record record = start(s, rest / 6);
                    const struct record_event event = {.type = (enum record_event_type)type,
                                                       .hostname = senders[rest % 2],
                                                       .epoch = EPOCH + numbers[p][0],
                                                       .token = TOKEN + numbers[p][1],
                                                       .ca_hash = hashes[rest / 2 % 3],
                                                       .now_ms = NOW};
                    check(&record, &event, used);
                }
    for (size_t i = 0; i < ROWS; i++)
        if (!used[i])
            fail_msg("nothing fits this row: %s", rows[i].text);
    assert_int_equal(n, 9 * 6 * 7 * 12);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_combination)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
