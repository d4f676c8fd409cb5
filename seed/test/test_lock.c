/* SPDX-License-Identifier: Apache-2.0
 * lock_next(): details beside the table that test_lock_table.c walks, and a random walk that holds the invariants I1,
 * I3 and I4 against it. */
#include "lock.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define HASH_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
enum { EPOCH = 3, TOKEN = 7, NOW = 1000000 };

/* A record in each state; where somebody holds it, it is m1 with (EPOCH, TOKEN). */
static struct lock in_state(enum lock_state state) {
    struct lock lock = {.version = 10, .state = state, .epoch = EPOCH, .token = TOKEN};
    if (state == LOCK_RESERVED || state == LOCK_INITIALISING || state == LOCK_INITIALISED)
        snprintf(lock.holder, sizeof(lock.holder), "m1");
    if (state == LOCK_INITIALISED)
        snprintf(lock.ca_hash, sizeof(lock.ca_hash), HASH_A);
    if (state == LOCK_RESERVED)
        lock.lease_until_ms = NOW + 5000;
    assert_true(lock_valid(&lock));
    return lock;
}

struct expected {
    enum lock_answer answer;
    enum lock_state next; /* after LOCK_GRANTED */
};
#define YES(state)                                                                                                     \
    { LOCK_GRANTED, LOCK_##state }
#define NO(why)                                                                                                        \
    { LOCK_##why, LOCK_EMPTY }

static bool higher(const struct lock *a, const struct lock *b) {
    return a->epoch > b->epoch || (a->epoch == b->epoch && a->token > b->token);
}

static enum lock_answer apply(struct lock *lock, enum lock_event_type type, const char *hostname, const char *hash,
                              int64_t now) {
    const struct lock_event event = {
        .type = type, .hostname = hostname, .epoch = lock->epoch, .token = lock->token, .ca_hash = hash, .now_ms = now};
    return lock_next(lock, &event, lock);
}

static void test_life(void **state) {
    (void)state;
    struct lock lock = lock_initial();
    assert_int_equal(apply(&lock, LOCK_RESERVE, "m1", NULL, 0), LOCK_GRANTED);
    assert_int_equal(lock.token, 1);
    assert_int_equal(lock.lease_until_ms, LOCK_LEASE_MS);
    int64_t version = lock.version;
    assert_int_equal(apply(&lock, LOCK_RENEW, "m1", NULL, 10000), LOCK_GRANTED);
    assert_int_equal(lock.lease_until_ms, 10000 + LOCK_LEASE_MS);
    assert_int_equal(lock.version, version);
    assert_int_equal(apply(&lock, LOCK_RESERVE, "m1", NULL, 20000), LOCK_GRANTED);
    assert_int_equal(lock.lease_until_ms, 10000 + LOCK_LEASE_MS); /* not a longer one */
    assert_int_equal(apply(&lock, LOCK_BEGIN, "m1", NULL, 20000), LOCK_GRANTED);
    assert_int_equal(lock.token, 2);
    assert_int_equal(apply(&lock, LOCK_EXPIRE, "", NULL, INT64_MAX), LOCK_GRANTED);
    assert_int_equal(lock.state, LOCK_INITIALISING); /* no lease any more */
    assert_int_equal(apply(&lock, LOCK_COMMIT, "m1", HASH_A, 0), LOCK_GRANTED);
    assert_int_equal(apply(&lock, LOCK_COMMIT, "m1", HASH_B, 0), LOCK_OTHER_CA);
    assert_string_equal(lock.ca_hash, HASH_A);
    assert_int_equal(apply(&lock, LOCK_REARM, "", NULL, 0), LOCK_GRANTED);
    assert_int_equal(lock.epoch, 2);
    assert_int_equal(apply(&lock, LOCK_RESERVE, "m2", NULL, 0), LOCK_GRANTED);
    assert_int_equal(lock.token, 3);
    assert_string_equal(lock.ca_hash, "");
}

/* A holder that lost power in the middle begins again: what it sent before, late on the network, frees nothing. */
static void test_begin_again(void **state) {
    (void)state;
    struct lock lock = in_state(LOCK_INITIALISING);
    const struct lock_event late = {.type = LOCK_ABORT, .hostname = "m1", .epoch = lock.epoch, .token = lock.token};
    assert_int_equal(apply(&lock, LOCK_BEGIN, "m1", NULL, NOW), LOCK_GRANTED);
    assert_int_equal(lock.state, LOCK_INITIALISING);
    assert_int_equal(lock.token, TOKEN + 1);
    assert_int_equal(lock_next(&lock, &late, &lock), LOCK_STALE);
    lock.token = LOCK_NUMBER_MAX;
    assert_int_equal(apply(&lock, LOCK_BEGIN, "m1", NULL, NOW), LOCK_INVALID);
}

static void test_lease_ends(void **state) {
    (void)state;
    struct lock lock = in_state(LOCK_RESERVED);
    assert_int_equal(apply(&lock, LOCK_EXPIRE, "", NULL, NOW + 4999), LOCK_GRANTED);
    assert_int_equal(lock.state, LOCK_RESERVED);
    assert_int_equal(apply(&lock, LOCK_EXPIRE, "", NULL, NOW + 5000), LOCK_GRANTED);
    assert_int_equal(lock.state, LOCK_EMPTY);
    assert_int_equal(lock.token, TOKEN);
    assert_int_equal(apply(&lock, LOCK_BEGIN, "m1", NULL, NOW), LOCK_NOT_HOLDER);
}

static void test_bad_hashes(void **state) {
    (void)state;
    static const char *const bad[] = {NULL, "", "sha256:", "sha256:AAAA", HASH_A "a", "sha1:aaaa"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct lock lock = in_state(LOCK_INITIALISING);
        assert_int_equal(apply(&lock, LOCK_COMMIT, "m1", bad[i], 0), LOCK_INVALID);
        assert_int_equal(lock.state, LOCK_INITIALISING);
    }
}

static void test_witness(void **state) {
    (void)state;
    static const struct {
        int64_t epoch, token;
        const char *hash;
        struct expected expected;
        int64_t next_epoch, next_token;
    } rows[] = {
        {EPOCH, TOKEN, HASH_A, YES(INITIALISED), EPOCH, TOKEN},
        {EPOCH, TOKEN, NULL, YES(INITIALISED), EPOCH, TOKEN}, /* saw it before the commit */
        {EPOCH, TOKEN - 1, NULL, YES(INITIALISED), EPOCH, TOKEN},
        {EPOCH - 1, TOKEN + 50, HASH_B, YES(INITIALISED), EPOCH, TOKEN}, /* before a rearm */
        {EPOCH, TOKEN, HASH_B, YES(QUARANTINE), EPOCH, TOKEN},
        {EPOCH, TOKEN + 1, NULL, YES(QUARANTINE), EPOCH, TOKEN + 1},
        {EPOCH + 4, 0, NULL, YES(QUARANTINE), EPOCH + 4, 0},
        {EPOCH, TOKEN, "rubbish", NO(INVALID), EPOCH, TOKEN},
        {LOCK_SEEN_MAX + 1, 0, NULL, NO(INVALID), EPOCH, TOKEN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct lock lock = in_state(LOCK_INITIALISED);
        const struct lock_event event = {
            .type = LOCK_WITNESS, .epoch = rows[i].epoch, .token = rows[i].token, .ca_hash = rows[i].hash};
        assert_int_equal(lock_next(&lock, &event, &lock), rows[i].expected.answer);
        assert_int_equal(lock.state,
                         rows[i].expected.answer == LOCK_GRANTED ? rows[i].expected.next : LOCK_INITIALISED);
        assert_int_equal(lock.epoch, rows[i].next_epoch);
        assert_int_equal(lock.token, rows[i].next_token);
    }
}

static uint32_t random_state = 20210101;
static unsigned any(unsigned n) { /* xorshift32: the same walk everywhere */
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % n;
}

static void test_random_walk(void **state) {
    (void)state;
    static char hash_of[4096][LOCK_CA_HASH_SIZE];
    static const char *const names[] = {"m1", "m2", "m3"}, *const hashes[] = {HASH_A, HASH_B, NULL};
    struct lock lock = lock_initial();
    unsigned commits = 0;
    int64_t now = 0;
    for (int i = 0; i < 200000 && lock.epoch < 4000; i++) {
        const struct lock before = lock;
        enum lock_event_type type = (enum lock_event_type)any(any(50) ? LOCK_WITNESS : LOCK_EVENTS);
        const struct lock_event event = {.type = type,
                                         .hostname = any(3) && before.holder[0] ? before.holder : names[any(3)],
                                         .epoch = before.epoch - !any(9) + !any(99),
                                         .token = before.token - !any(9) + !any(99),
                                         .ca_hash = hashes[any(3)],
                                         .now_ms = now += any(9000)};
        enum lock_answer answer = lock_next(&before, &event, &lock);
        assert_true(lock_valid(&lock));
        assert_false(higher(&before, &lock)); /* I3 */
        if (before.state == LOCK_INITIALISED && lock.state != LOCK_INITIALISED)
            assert_true(type == LOCK_REARM || lock.state == LOCK_QUARANTINE); /* I4 */
        if (before.state == LOCK_INITIALISED && lock.state == LOCK_INITIALISED)
            assert_true(lock_equal(&before, &lock));
        if (lock.state == LOCK_INITIALISED) { /* I1 */
            commits += before.state != LOCK_INITIALISED;
            if (hash_of[lock.epoch][0])
                assert_string_equal(hash_of[lock.epoch], lock.ca_hash);
            snprintf(hash_of[lock.epoch], LOCK_CA_HASH_SIZE, "%s", lock.ca_hash);
        }
        if (lock.state == LOCK_INITIALISING && before.state != LOCK_INITIALISING) /* I2: only who reserved */
            assert_true(answer == LOCK_GRANTED && before.state == LOCK_RESERVED &&
                        !strcmp(before.holder, event.hostname));
    }
    assert_in_range(commits, 100, 1000000); /* the walk went somewhere */
}

static void test_json(void **state) {
    (void)state;
    cleanup_buf struct buf json = BUF_INIT(1024);
    struct lock lock = in_state(LOCK_RESERVED);
    lock_json(&lock, NOW, &json);
    assert_string_equal(buf_text(&json), "{\"version\":10,\"state\":\"RESERVED\",\"epoch\":3,\"token\":7,"
                                         "\"holder\":\"m1\",\"ca_hash\":null,\"lease_ms\":5000}");
    buf_clear(&json);
    lock = in_state(LOCK_INITIALISED);
    lock_json(&lock, NOW, &json);
    assert_string_equal(buf_text(&json), "{\"version\":10,\"state\":\"INITIALISED\",\"epoch\":3,\"token\":7,"
                                         "\"holder\":\"m1\",\"ca_hash\":\"" HASH_A "\",\"lease_ms\":null}");
}

static void test_names(void **state) {
    (void)state;
    for (int i = 0; i < LOCK_STATES; i++) {
        enum lock_state parsed;
        assert_true(lock_state_parse(lock_state_name((enum lock_state)i), &parsed));
        assert_int_equal(parsed, i);
    }
    for (int i = LOCK_HELD; i < LOCK_ANSWERS; i++)
        assert_true(lock_answer_message((enum lock_answer)i)[0] && lock_answer_remedy((enum lock_answer)i)[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),       cmocka_unit_test(test_begin_again), cmocka_unit_test(test_lease_ends),
        cmocka_unit_test(test_bad_hashes), cmocka_unit_test(test_witness),     cmocka_unit_test(test_random_walk),
        cmocka_unit_test(test_json),       cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
