/* SPDX-License-Identifier: Apache-2.0
 * lock_next() and docs/model/transitions.h, the table that the model of the record decides by: every combination of
 * state, event, sender, numbers, hash and lease fits exactly one row, and does what the row says. */
#include "lock.h"

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
enum effect { STAY, TAKE, EXTEND, ENTER, BEAR, FREE, NEXT_EPOCH, DOUBT };

static const struct row {
    enum lock_event_type event;
    unsigned states, sender, numbers, hashes, lease;
    enum lock_answer answer;
    enum effect effect;
    const char *text;
} rows[] = {
#define ROW(event, states, sender, numbers, hashes, lease, answer, effect)                                             \
    {LOCK_##event,  states, sender,                                                                                    \
     numbers,       hashes, lease,                                                                                     \
     LOCK_##answer, effect, #event " in " #states ", " #sender ", " #numbers ", " #hashes ", " #lease},
#include "../../docs/model/transitions.h"
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* Records to start from: in QUARANTINE a holder and a CA hash may be left, or not. */
static const struct {
    enum lock_state state;
    const char *holder, *ca_hash;
} starts[] = {
    {LOCK_EMPTY, "", ""},          {LOCK_RESERVED, "m1", ""},
    {LOCK_INITIALISING, "m1", ""}, {LOCK_INITIALISED, "m1", HASH_A},
    {LOCK_QUARANTINE, "", ""},     {LOCK_QUARANTINE, "m1", HASH_A},
};

static struct lock start(size_t i, bool lease_over) {
    struct lock lock = {.version = 10, .state = starts[i].state, .epoch = EPOCH, .token = TOKEN};
    snprintf(lock.holder, sizeof(lock.holder), "%s", starts[i].holder);
    snprintf(lock.ca_hash, sizeof(lock.ca_hash), "%s", starts[i].ca_hash);
    if (lock.state == LOCK_RESERVED)
        lock.lease_until_ms = lease_over ? NOW : NOW + LEASE_LEFT_MS;
    assert_true(lock_valid(&lock));
    return lock;
}

static bool fits(const struct row *row, const struct lock *lock, const struct lock_event *event) {
    bool holds = lock->holder[0] && !strcmp(lock->holder, event->hostname);
    unsigned hash = !event->ca_hash ? NONE : strcmp(event->ca_hash, lock->ca_hash) ? DIFFERENT : EQUAL;
    unsigned numbers = event->epoch < lock->epoch   ? OLDER_EPOCH
                       : event->epoch > lock->epoch ? NEWER_EPOCH
                       : event->token < lock->token ? OLDER_TOKEN
                       : event->token > lock->token ? NEWER_TOKEN
                                                    : SAME;
    return row->event == event->type && (row->states & 1U << lock->state) && (row->sender & (holds ? HOLDER : OTHER)) &&
           (row->numbers & numbers) && (row->hashes & hash) &&
           (row->lease & (event->now_ms >= lock->lease_until_ms ? OVER : RUNNING));
}

static void enter(struct lock *next, enum lock_state state, const char *holder, const char *ca_hash) {
    next->version++;
    next->state = state;
    next->lease_until_ms = 0;
    snprintf(next->holder, sizeof(next->holder), "%s", holder);
    snprintf(next->ca_hash, sizeof(next->ca_hash), "%s", ca_hash);
}

/* What the effect's line in transitions.h says. */
static struct lock expected(enum effect effect, const struct lock *lock, const struct lock_event *event) {
    struct lock next = *lock;
    switch (effect) {
    case TAKE:
        enter(&next, LOCK_RESERVED, event->hostname, "");
        next.token++;
        next.lease_until_ms = event->now_ms + LOCK_LEASE_MS;
        break;
    case EXTEND:
        next.lease_until_ms = event->now_ms + LOCK_LEASE_MS;
        break;
    case ENTER:
        enter(&next, LOCK_INITIALISING, lock->holder, "");
        next.token++;
        break;
    case BEAR:
        enter(&next, LOCK_INITIALISED, lock->holder, event->ca_hash);
        break;
    case FREE:
        enter(&next, LOCK_EMPTY, "", "");
        break;
    case NEXT_EPOCH:
        enter(&next, LOCK_EMPTY, "", "");
        next.epoch++;
        break;
    case DOUBT:
        enter(&next, LOCK_QUARANTINE, event->epoch > lock->epoch ? "" : lock->holder,
              event->epoch > lock->epoch ? "" : lock->ca_hash);
        if (event->epoch > lock->epoch || event->token > lock->token) {
            next.epoch = event->epoch;
            next.token = event->token;
        }
        break;
    case STAY:
        break;
    }
    return next;
}

static void check(const struct lock *lock, const struct lock_event *event, bool used[ROWS]) {
    const struct row *row = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        if (!fits(&rows[i], lock, event))
            continue;
        if (row)
            fail_msg("two rows fit: %s; %s", row->text, rows[i].text);
        row = &rows[i];
        used[i] = true;
    }
    if (!row)
        fail_msg("no row fits: %s in %s by %s, (%lld, %lld)", lock_event_name(event->type),
                 lock_state_name(lock->state), event->hostname, (long long)event->epoch, (long long)event->token);
    struct lock next = *lock;
    const struct lock wanted = expected(row->effect, lock, event);
    enum lock_answer answer = lock_next(lock, event, &next);
    if (answer != row->answer || !lock_equal(&next, &wanted) || next.lease_until_ms != wanted.lease_until_ms)
        fail_msg("%s: lock_next() answers %s: %s (%lld, %lld) `%s` `%.12s`", row->text, lock_answer_code(answer),
                 lock_state_name(next.state), (long long)next.epoch, (long long)next.token, next.holder, next.ca_hash);
    assert_true(lock_valid(&next));
}

static void test_every_combination(void **state) {
    (void)state;
    static const int numbers[][2] = {{-1, 1}, {0, -1}, {0, 0}, {0, 1}, {1, -1}, {-1, 0}, {1, 0}};
    static const char *const senders[] = {"m1", "m2"}, *const hashes[] = {NULL, HASH_A, HASH_B};
    bool used[ROWS] = {false};
    unsigned n = 0;
    for (int type = 0; type < LOCK_EVENTS; type++)
        for (size_t s = 0; s < sizeof(starts) / sizeof(starts[0]); s++)
            for (size_t p = 0; p < sizeof(numbers) / sizeof(numbers[0]); p++)
                for (unsigned rest = 0; rest < 2 * 3 * 2; rest++, n++) {
                    const struct lock lock = start(s, rest / 6);
                    const struct lock_event event = {.type = (enum lock_event_type)type,
                                                     .hostname = senders[rest % 2],
                                                     .epoch = EPOCH + numbers[p][0],
                                                     .token = TOKEN + numbers[p][1],
                                                     .ca_hash = hashes[rest / 2 % 3],
                                                     .now_ms = NOW};
                    check(&lock, &event, used);
                }
    for (size_t i = 0; i < ROWS; i++)
        if (!used[i])
            fail_msg("nothing fits this row: %s", rows[i].text);
    assert_int_equal(n, 8 * 6 * 7 * 12);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_combination)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
