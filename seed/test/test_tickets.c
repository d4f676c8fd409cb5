/* SPDX-License-Identifier: Apache-2.0
 * The ticket queue: masters serial, workers parallel, secrets delivered once and wiped, time handled. */
#include "record/tickets.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN "abcdef.0123456789abcdef"
#define KEY "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static int setup(void **state) {
    *state = calloc(1, sizeof(struct tickets));
    return *state ? 0 : -1;
}

static int teardown(void **state) {
    free(*state);
    return 0;
}

static const struct ticket *ask(struct tickets *t, const char *id, const char *hostname, enum node_role kind,
                                int64_t now) {
    const struct ticket *ticket = NULL;
    assert_int_equal(tickets_ask(t, id, hostname, kind, false, now, &ticket), TICKET_OK);
    return ticket;
}

static void assert_taken(struct tickets *t, const char *minter, int64_t now, const char *id) {
    const struct ticket *ticket = tickets_take(t, minter, now);
    if (!id) {
        assert_null(ticket);
        return;
    }
    assert_non_null(ticket);
    assert_string_equal(ticket->id, id);
    assert_string_equal(ticket->minter, minter);
}

/* Does any byte of the queue still hold the secret? */
static bool leaks(const struct tickets *t) {
    return memmem(t, sizeof(*t), TOKEN, strlen(TOKEN)) || memmem(t, sizeof(*t), KEY, strlen(KEY));
}

static void test_masters_beside_each_other(void **state) {
    struct tickets *t = *state;
    t->beside = 1;
    ask(t, "a", "m2", NODE_MASTER, 0);
    ask(t, "b", "m3", NODE_MASTER, 0);
    ask(t, "c", "m4", NODE_MASTER, 0);
    assert_taken(t, "m1", 0, "a");
    assert_taken(t, "m1", 0, NULL); /* until the first is minted */
    assert_int_equal(tickets_mint(t, "a", "m1", TOKEN, KEY, 0), TICKET_OK);
    assert_taken(t, "m1", 0, "b");
    assert_int_equal(tickets_mint(t, "b", "m1", TOKEN, KEY, 0), TICKET_OK);
    assert_taken(t, "m1", 0, NULL);
    assert_int_equal(tickets_done(t, "a", "m2"), TICKET_OK);
    assert_taken(t, "m1", 0, "c");
}

static void test_delivered_once(void **state) {
    struct tickets *t = *state;
    const struct ticket *ticket;
    ask(t, "a", "m2", NODE_MASTER, 0);
    assert_taken(t, "m2", 0, NULL); /* not its own */
    assert_taken(t, "m1", 0, "a");
    assert_int_equal(tickets_mint(t, "a", "m3", TOKEN, KEY, 1), TICKET_NOT_YOURS);
    assert_int_equal(tickets_mint(t, "a", "m1", TOKEN, KEY, 1), TICKET_OK);
    assert_int_equal(tickets_mint(t, "a", "m1", TOKEN, KEY, 1), TICKET_NOT_YOURS);
    assert_int_equal(tickets_look(t, "a", "m3", &ticket), TICKET_UNKNOWN);
    assert_int_equal(tickets_look(t, "a", "m2", &ticket), TICKET_OK);
    assert_int_equal(ticket->state, TICKET_MINTED);
    assert_string_equal(ticket->token, TOKEN);
    assert_string_equal(ticket->certificate_key, KEY);
    assert_true(leaks(t));
    tickets_deliver(t, "a", 2);
    assert_false(leaks(t));
    assert_int_equal(tickets_look(t, "a", "m2", &ticket), TICKET_GONE);
    assert_int_equal(tickets_done(t, "a", "m3"), TICKET_UNKNOWN);
    assert_int_equal(tickets_done(t, "a", "m2"), TICKET_OK);
    assert_int_equal(tickets_done(t, "a", "m2"), TICKET_OK);
}

static void test_masters_are_serial(void **state) {
    struct tickets *t = *state;
    ask(t, "w1", "n1", NODE_WORKER, 0);
    ask(t, "m2", "m2", NODE_MASTER, 0);
    ask(t, "m3", "m3", NODE_MASTER, 0);
    ask(t, "w2", "n2", NODE_WORKER, 0);
    assert_taken(t, "m1", 0, "m2"); /* masters first */
    assert_taken(t, "m1", 0, "w1"); /* m3 waits, workers do not */
    assert_int_equal(tickets_mint(t, "m2", "m1", TOKEN, KEY, 0), TICKET_OK);
    assert_taken(t, "m1", 0, "w2");
    assert_taken(t, "m1", 0, NULL);
    tickets_deliver(t, "m2", 0);
    assert_taken(t, "m1", 0, NULL);
    assert_int_equal(tickets_done(t, "m2", "m2"), TICKET_OK);
    assert_taken(t, "m1", 0, "m3");
}

static void test_slot_comes_free(void **state) {
    struct tickets *t = *state;
    ask(t, "m2", "m2", NODE_MASTER, 0);
    assert_taken(t, "m1", 0, "m2");
    assert_int_equal(tickets_mint(t, "m2", "m1", TOKEN, KEY, 0), TICKET_OK);
    tickets_deliver(t, "m2", 1000);
    ask(t, "m3", "m3", NODE_MASTER, 2000);
    assert_false(tickets_expire(t, 1000 + TICKET_LIFE_MS - 1) && tickets_take(t, "m1", 1000 + TICKET_LIFE_MS - 1));
    assert_true(tickets_expire(t, 1000 + TICKET_LIFE_MS)); /* it never said done */
    assert_taken(t, "m1", 1000 + TICKET_LIFE_MS, "m3");
    ask(t, "m3b", "m3", NODE_MASTER, 1000 + TICKET_LIFE_MS); /* supersedes, frees the slot at once */
    assert_taken(t, "m1", 1000 + TICKET_LIFE_MS, "m3b");
}

static void test_superseded(void **state) {
    struct tickets *t = *state;
    const struct ticket *ticket;
    ask(t, "a", "m2", NODE_MASTER, 0);
    assert_taken(t, "m1", 0, "a");
    assert_int_equal(tickets_mint(t, "a", "m1", TOKEN, KEY, 0), TICKET_OK);
    ask(t, "b", "m2", NODE_MASTER, 1);
    assert_false(leaks(t));
    assert_int_equal(tickets_look(t, "a", "m2", &ticket), TICKET_GONE);
    assert_int_equal(tickets_look(t, "b", "m2", &ticket), TICKET_OK);
    assert_int_equal(ticket->state, TICKET_WAITING);
}

static void test_failed_mint(void **state) {
    struct tickets *t = *state;
    const struct ticket *ticket;
    ask(t, "a", "n1", NODE_WORKER, 0);
    assert_taken(t, "m1", 0, "a");
    assert_int_equal(tickets_fail(t, "a", "m2", "x", 10), TICKET_NOT_YOURS);
    assert_int_equal(tickets_fail(t, "a", "m1", "no quorum", 10), TICKET_OK);
    assert_int_equal(tickets_look(t, "a", "n1", &ticket), TICKET_OK);
    assert_string_equal(ticket->reason, "m1: no quorum");
    assert_taken(t, "m1", 10 + TICKET_RETRY_MS - 1, NULL);
    assert_int_equal(tickets_next_ms(t, 10), 10 + TICKET_RETRY_MS);
    assert_true(tickets_expire(t, 10 + TICKET_RETRY_MS));
    assert_false(tickets_expire(t, 10 + TICKET_RETRY_MS)); /* said once */
    assert_taken(t, "m2", 10 + TICKET_RETRY_MS, "a");
}

/* The second etcd member, which quorum waits for, is behind a third that cannot come before it. */
static void test_a_failed_one_lets_the_others_pass(void **state) {
    struct tickets *t = *state;
    ask(t, "a", "m3", NODE_MASTER, 0);
    ask(t, "b", "m2", NODE_MASTER, 0);
    assert_taken(t, "m1", 0, "a");
    assert_int_equal(tickets_fail(t, "a", "m1", "no quorum", 10), TICKET_OK);
    assert_taken(t, "m1", 10 + 2 * TICKET_RETRY_MS, "b");
    assert_int_equal(tickets_fail(t, "b", "m1", "no quorum", 10 + 2 * TICKET_RETRY_MS), TICKET_OK);
    assert_taken(t, "m1", 10 + 4 * TICKET_RETRY_MS, "a");
}

static void test_lost_minter(void **state) {
    struct tickets *t = *state;
    const struct ticket *ticket;
    ask(t, "a", "n1", NODE_WORKER, 0);
    assert_taken(t, "m1", 0, "a");
    assert_int_equal(tickets_next_ms(t, 0), TICKET_LEASE_MS);
    assert_int_equal(tickets_mint(t, "a", "m1", TOKEN, NULL, TICKET_LEASE_MS), TICKET_NOT_YOURS);
    assert_true(tickets_expire(t, TICKET_LEASE_MS));
    assert_int_equal(tickets_look(t, "a", "n1", &ticket), TICKET_OK);
    assert_int_equal(ticket->state, TICKET_WAITING);
    assert_non_null(strstr(ticket->reason, "m1 took the request"));
    assert_taken(t, "m2", TICKET_LEASE_MS, "a");
}

static void test_bad_secrets(void **state) {
    struct tickets *t = *state;
    static const char *const bad[] = {
        NULL, "", "abcdef", "abcdef.0123456789abcdeF", "abcdef-0123456789abcdef", "abcdef.0123456789abcdef0"};
    ask(t, "w", "n1", NODE_WORKER, 0);
    ask(t, "m", "m2", NODE_MASTER, 0);
    assert_taken(t, "m1", 0, "m");
    assert_taken(t, "m1", 0, "w");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(tickets_mint(t, "w", "m1", bad[i], NULL, 0), TICKET_BAD);
    assert_int_equal(tickets_mint(t, "w", "m1", TOKEN, KEY, 0), TICKET_BAD); /* a worker gets no certificates */
    assert_int_equal(tickets_mint(t, "m", "m1", TOKEN, NULL, 0), TICKET_BAD);
    assert_int_equal(tickets_mint(t, "m", "m1", TOKEN, KEY "a", 0), TICKET_BAD);
    assert_false(leaks(t));
    assert_int_equal(tickets_mint(t, "w", "m1", TOKEN, NULL, 0), TICKET_OK);
}

static void test_too_old(void **state) {
    struct tickets *t = *state;
    const struct ticket *ticket;
    ask(t, "a", "n1", NODE_WORKER, 0);
    assert_taken(t, "m1", TICKET_LIFE_MS - 10, "a");
    assert_int_equal(tickets_mint(t, "a", "m1", TOKEN, NULL, TICKET_LIFE_MS - 5), TICKET_OK);
    assert_true(tickets_expire(t, TICKET_LIFE_MS));
    assert_false(leaks(t));
    assert_int_equal(tickets_look(t, "a", "n1", &ticket), TICKET_GONE);
    assert_true(tickets_next_ms(t, TICKET_LIFE_MS) == INT64_MAX);
}

static void test_full(void **state) {
    struct tickets *t = *state;
    const struct ticket *ticket;
    char name[16];
    for (int i = 0; i < TICKETS_MAX; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        ask(t, name, name, NODE_WORKER, 0);
    }
    assert_int_equal(tickets_ask(t, "x", "x", NODE_WORKER, false, 0, &ticket), TICKET_FULL);
    assert_int_equal(tickets_done(t, "n5", "n5"), TICKET_OK);
    ask(t, "x", "x", NODE_WORKER, 0); /* takes the settled one's place */
    assert_int_equal(tickets_look(t, "n5", "n5", &ticket), TICKET_UNKNOWN);
    tickets_void(t, NULL);
    assert_int_equal(tickets_count(t, TICKET_VOID), TICKETS_MAX);
}

static void test_state_of_any(void **state) {
    struct tickets *t = *state;
    const struct ticket *ticket;
    assert_int_equal(tickets_state(t, "a"), TICKET_FREE);
    assert_int_equal(tickets_state(t, ""), TICKET_FREE); /* an unused slot has no id */
    ask(t, "a", "n1", NODE_WORKER, 0);
    assert_int_equal(tickets_state(t, "a"), TICKET_WAITING);
    assert_taken(t, "m1", 0, "a");
    assert_int_equal(tickets_state(t, "a"), TICKET_ASSIGNED);
    assert_int_equal(tickets_mint(t, "a", "m1", TOKEN, NULL, 1), TICKET_OK);
    assert_int_equal(tickets_state(t, "a"), TICKET_MINTED);
    tickets_deliver(t, "a", 2);
    assert_int_equal(tickets_look(t, "a", "n1", &ticket), TICKET_GONE); /* to its joiner; the join goes on */
    assert_int_equal(tickets_state(t, "a"), TICKET_DELIVERED);
    assert_int_equal(tickets_done(t, "a", "n1"), TICKET_OK);
    assert_int_equal(tickets_state(t, "a"), TICKET_DONE);
    ask(t, "b", "n1", NODE_WORKER, 3);
    ask(t, "c", "n1", NODE_WORKER, 4);
    assert_int_equal(tickets_state(t, "b"), TICKET_VOID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_masters_beside_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(test_delivered_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_masters_are_serial, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slot_comes_free, setup, teardown),
        cmocka_unit_test_setup_teardown(test_superseded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failed_mint, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failed_one_lets_the_others_pass, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_minter, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_secrets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_old, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_state_of_any, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
