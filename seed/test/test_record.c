/* SPDX-License-Identifier: Apache-2.0
 * record_next(): details beside the table that test_lock_table.c walks, and a random walk that holds the invariants I1,
 * I3 and I4 against it. */
#include "record/record.h"

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
static struct bootstrap_record in_state(enum record_state state) {
    struct bootstrap_record record = {.version = 10, .state = state, .epoch = EPOCH, .token = TOKEN};
    if (state == RECORD_RESERVED || state == RECORD_INITIALISING || state == RECORD_INITIALISED)
        snprintf(record.holder, sizeof(record.holder), "m1");
    if (state == RECORD_INITIALISED)
        snprintf(record.ca_hash, sizeof(record.ca_hash), HASH_A);
    if (state == RECORD_RESERVED)
        record.lease_until_ms = NOW + 5000;
    assert_true(record_valid(&record));
    return record;
}

struct expected {
    enum record_answer answer;
    enum record_state next; /* after RECORD_GRANTED */
};
#define YES(state)                                                                                                     \
    { RECORD_GRANTED, RECORD_##state }
#define NO(why)                                                                                                        \
    { RECORD_##why, RECORD_EMPTY }

static bool higher(const struct bootstrap_record *a, const struct bootstrap_record *b) {
    return a->epoch > b->epoch || (a->epoch == b->epoch && a->token > b->token);
}

static enum record_answer apply(struct bootstrap_record *record, enum record_event_type type, const char *hostname,
                                const char *hash, int64_t now) {
    const struct record_event event = {.type = type,
                                       .hostname = hostname,
                                       .epoch = record->epoch,
                                       .token = record->token,
                                       .ca_hash = hash,
                                       .now_ms = now};
    return record_next(record, &event, record);
}

static void test_life(void **state) {
    (void)state;
    struct bootstrap_record record = record_initial();
    assert_int_equal(apply(&record, RECORD_RESERVE, "m1", NULL, 0), RECORD_GRANTED);
    assert_int_equal(record.token, 1);
    assert_int_equal(record.lease_until_ms, RECORD_LEASE_MS);
    int64_t version = record.version;
    assert_int_equal(apply(&record, RECORD_RENEW, "m1", NULL, 10000), RECORD_GRANTED);
    assert_int_equal(record.lease_until_ms, 10000 + RECORD_LEASE_MS);
    assert_int_equal(record.version, version);
    assert_int_equal(apply(&record, RECORD_RESERVE, "m1", NULL, 20000), RECORD_GRANTED);
    assert_int_equal(record.lease_until_ms, 10000 + RECORD_LEASE_MS); /* not a longer one */
    assert_int_equal(apply(&record, RECORD_BEGIN, "m1", NULL, 20000), RECORD_GRANTED);
    assert_int_equal(record.token, 2);
    assert_int_equal(apply(&record, RECORD_EXPIRE, "", NULL, INT64_MAX), RECORD_GRANTED);
    assert_int_equal(record.state, RECORD_INITIALISING); /* no lease any more */
    assert_int_equal(apply(&record, RECORD_COMMIT, "m1", HASH_A, 0), RECORD_GRANTED);
    assert_int_equal(apply(&record, RECORD_COMMIT, "m1", HASH_B, 0), RECORD_OTHER_CA);
    assert_string_equal(record.ca_hash, HASH_A);
    assert_int_equal(apply(&record, RECORD_REARM, "", NULL, 0), RECORD_GRANTED);
    assert_int_equal(record.epoch, 2);
    assert_int_equal(apply(&record, RECORD_RESERVE, "m2", NULL, 0), RECORD_GRANTED);
    assert_int_equal(record.token, 3);
    assert_string_equal(record.ca_hash, "");
}

/* A holder that lost power in the middle begins again: what it sent before, late on the network, frees nothing. */
static void test_begin_again(void **state) {
    (void)state;
    struct bootstrap_record record = in_state(RECORD_INITIALISING);
    const struct record_event late = {
        .type = RECORD_ABORT, .hostname = "m1", .epoch = record.epoch, .token = record.token};
    assert_int_equal(apply(&record, RECORD_BEGIN, "m1", NULL, NOW), RECORD_GRANTED);
    assert_int_equal(record.state, RECORD_INITIALISING);
    assert_int_equal(record.token, TOKEN + 1);
    assert_int_equal(record_next(&record, &late, &record), RECORD_STALE);
    record.token = RECORD_NUMBER_MAX;
    assert_int_equal(apply(&record, RECORD_BEGIN, "m1", NULL, NOW), RECORD_INVALID);
}

static void test_lease_ends(void **state) {
    (void)state;
    struct bootstrap_record record = in_state(RECORD_RESERVED);
    assert_int_equal(apply(&record, RECORD_EXPIRE, "", NULL, NOW + 4999), RECORD_GRANTED);
    assert_int_equal(record.state, RECORD_RESERVED);
    assert_int_equal(apply(&record, RECORD_EXPIRE, "", NULL, NOW + 5000), RECORD_GRANTED);
    assert_int_equal(record.state, RECORD_EMPTY);
    assert_int_equal(record.token, TOKEN);
    assert_int_equal(apply(&record, RECORD_BEGIN, "m1", NULL, NOW), RECORD_NOT_HOLDER);
}

static void test_bad_hashes(void **state) {
    (void)state;
    static const char *const bad[] = {NULL, "", "sha256:", "sha256:AAAA", HASH_A "a", "sha1:aaaa"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct bootstrap_record record = in_state(RECORD_INITIALISING);
        assert_int_equal(apply(&record, RECORD_COMMIT, "m1", bad[i], 0), RECORD_INVALID);
        assert_int_equal(record.state, RECORD_INITIALISING);
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
        {RECORD_NUMBER_MAX + 1, 0, NULL, NO(INVALID), EPOCH, TOKEN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bootstrap_record record = in_state(RECORD_INITIALISED);
        const struct record_event event = {
            .type = RECORD_WITNESS, .epoch = rows[i].epoch, .token = rows[i].token, .ca_hash = rows[i].hash};
        assert_int_equal(record_next(&record, &event, &record), rows[i].expected.answer);
        assert_int_equal(record.state,
                         rows[i].expected.answer == RECORD_GRANTED ? rows[i].expected.next : RECORD_INITIALISED);
        assert_int_equal(record.epoch, rows[i].next_epoch);
        assert_int_equal(record.token, rows[i].next_token);
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
    static char hash_of[4096][CA_HASH_SIZE];
    static const char *const names[] = {"m1", "m2", "m3"}, *const hashes[] = {HASH_A, HASH_B, NULL};
    struct bootstrap_record record = record_initial();
    unsigned commits = 0;
    int64_t now = 0;
    for (int i = 0; i < 200000 && record.epoch < 4000; i++) {
        const struct bootstrap_record before = record;
        enum record_event_type type = (enum record_event_type)any(any(50) ? RECORD_WITNESS : RECORD_EVENTS);
        const struct record_event event = {.type = type,
                                           .hostname = any(3) && before.holder[0] ? before.holder : names[any(3)],
                                           .epoch = before.epoch - !any(9) + !any(99),
                                           .token = before.token - !any(9) + !any(99),
                                           .ca_hash = hashes[any(3)],
                                           .now_ms = now += any(9000)};
        enum record_answer answer = record_next(&before, &event, &record);
        assert_true(record_valid(&record));
        assert_false(higher(&before, &record)); /* I3 */
        if (before.state == RECORD_INITIALISED && record.state != RECORD_INITIALISED)
            assert_true(type == RECORD_REARM || record.state == RECORD_QUARANTINE); /* I4 */
        if (before.state == RECORD_INITIALISED && record.state == RECORD_INITIALISED)
            assert_true(record_equal(&before, &record));
        if (record.state == RECORD_INITIALISED) { /* I1 */
            commits += before.state != RECORD_INITIALISED;
            if (hash_of[record.epoch][0])
                assert_string_equal(hash_of[record.epoch], record.ca_hash);
            snprintf(hash_of[record.epoch], CA_HASH_SIZE, "%s", record.ca_hash);
        }
        if (record.state == RECORD_INITIALISING && before.state != RECORD_INITIALISING) /* I2: only who reserved */
            assert_true(answer == RECORD_GRANTED && before.state == RECORD_RESERVED &&
                        !strcmp(before.holder, event.hostname));
    }
    assert_in_range(commits, 100, 1000000); /* the walk went somewhere */
}

static void test_json(void **state) {
    (void)state;
    cleanup_buf struct buf json = BUF_INIT(1024);
    struct bootstrap_record record = in_state(RECORD_RESERVED);
    record_json(&record, NOW, &json);
    assert_string_equal(buf_text(&json), "{\"version\":10,\"state\":\"RESERVED\",\"epoch\":3,\"token\":7,"
                                         "\"holder\":\"m1\",\"ca_hash\":null,\"lease_ms\":5000}");
    buf_clear(&json);
    record = in_state(RECORD_INITIALISED);
    record_json(&record, NOW, &json);
    assert_string_equal(buf_text(&json), "{\"version\":10,\"state\":\"INITIALISED\",\"epoch\":3,\"token\":7,"
                                         "\"holder\":\"m1\",\"ca_hash\":\"" HASH_A "\",\"lease_ms\":null}");
}

static void test_names(void **state) {
    (void)state;
    for (int i = 0; i < RECORD_STATES; i++) {
        enum record_state parsed;
        assert_true(record_state_parse(record_state_name((enum record_state)i), &parsed));
        assert_int_equal(parsed, i);
    }
    for (int i = RECORD_HELD; i < RECORD_ANSWERS; i++)
        assert_true(record_answer_message((enum record_answer)i)[0] && record_answer_remedy((enum record_answer)i)[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),       cmocka_unit_test(test_begin_again), cmocka_unit_test(test_lease_ends),
        cmocka_unit_test(test_bad_hashes), cmocka_unit_test(test_witness),     cmocka_unit_test(test_random_walk),
        cmocka_unit_test(test_json),       cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
