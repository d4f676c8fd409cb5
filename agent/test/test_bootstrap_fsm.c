/* SPDX-License-Identifier: Apache-2.0
 * The fsm of step 12: every fault of the journal's rows told as a script of effects and how they ended. */
#include "../../lib/test/testing.h"

#include "decide/bootstrap_fsm.h"
#include <errno.h>
#include <string.h>

#define HASH_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define RECORD(state, who, epoch, token, hash)                                                                         \
    (&(const struct record_view){5, {epoch, token, hash}, RECORD_##state, who, 30000})
#define MASTER(...) (&(const struct bootstrap_machine){.hostname = "m1", .master = true, __VA_ARGS__})
#define WORKER (&(const struct bootstrap_machine){.hostname = "n1"})
#define FILES_A .traces = true, .whole = true, .ca_hash = HASH_A
#define JOURNAL(...) (&(const struct journal){__VA_ARGS__})
#define MEMBER                                                                                                         \
    JOURNAL(.seen = {1, 1, HASH_A}, .action = JOURNAL_JOIN, .phase = JOURNAL_DONE, .of = {1, 1, HASH_A}, .member = true)

static struct bootstrap_fsm fsm;
static struct error err;

static void is(enum bootstrap_effect effect, enum bootstrap_effect wanted) {
    if (effect != wanted)
        fail_msg("%s, not %s: %s", bootstrap_fsm_effect_name(effect), bootstrap_fsm_effect_name(wanted), err.message);
}
static void begins(const struct bootstrap_machine *machine, const struct journal *journal,
                   enum bootstrap_effect wanted) {
    err = (struct error){0};
    bootstrap_fsm_start(&fsm, journal, machine);
    is(bootstrap_fsm_next(&fsm, NULL, &err), wanted);
}
static void with(const struct record_view *record, enum bootstrap_effect wanted) {
    is(bootstrap_fsm_next(&fsm, &(const struct bootstrap_event){.record = record, .sent_ms = 1000}, &err), wanted);
}
static void hash(const char *ca_hash, enum bootstrap_effect wanted) {
    is(bootstrap_fsm_next(&fsm, &(const struct bootstrap_event){.ca_hash = ca_hash}, &err), wanted);
}
static void ok(enum bootstrap_effect wanted) {
    is(bootstrap_fsm_next(&fsm, &(const struct bootstrap_event){.result = BOOTSTRAP_OK}, &err), wanted);
}
static void ends(enum bootstrap_result result, enum bootstrap_effect wanted) {
    static const struct error problem = {.errnum = EIO, .message = "it broke"};
    is(bootstrap_fsm_next(&fsm, &(const struct bootstrap_event){.result = result, .error = &problem}, &err), wanted);
}
static void journal_is(enum journal_action action, enum journal_phase phase) {
    assert_int_equal(fsm.journal.action, action);
    assert_int_equal(fsm.journal.phase, phase);
}
static void says(const char *part) {
    if (!strstr(err.message, part))
        fail_msg("`%s` is not in `%s`", part, err.message);
}

static void the_first_master(void **state) {
    (void)state;
    begins(MASTER(0), JOURNAL(0), BOOTSTRAP_ASK);
    assert_int_equal(fsm.version, 0);
    with(RECORD(EMPTY, "", 1, 0, ""), BOOTSTRAP_PROBE);
    ok(BOOTSTRAP_RESERVE);
    with(RECORD(RESERVED, "m1", 1, 1, ""), BOOTSTRAP_BEGIN);
    assert_int_equal(fsm.act_until_ms, 21000);
    journal_is(JOURNAL_INIT, JOURNAL_INTENT);
    assert_int_equal(fsm.journal.of.token, 1);
    with(RECORD(INITIALISING, "m1", 1, 1, ""), BOOTSTRAP_INIT);
    journal_is(JOURNAL_INIT, JOURNAL_STARTED);
    hash(HASH_A, BOOTSTRAP_COMMIT);
    journal_is(JOURNAL_INIT, JOURNAL_DONE);
    assert_string_equal(fsm.journal.of.ca_hash, HASH_A);
    with(RECORD(INITIALISED, "m1", 1, 1, HASH_A), BOOTSTRAP_FINISH); /* kubeadm started kubelet */
    assert_string_equal(fsm.journal.seen.ca_hash, HASH_A);
    assert_false(fsm.journal.member);
    ok(BOOTSTRAP_END);
    assert_true(fsm.journal.member);
    ok(BOOTSTRAP_END);
}

static void a_joiner(void **state) {
    (void)state;
    begins(WORKER, JOURNAL(0), BOOTSTRAP_ASK);
    with(RECORD(EMPTY, "", 1, 0, ""), BOOTSTRAP_ASK); /* not a worker's business */
    assert_true(fsm.waiting && fsm.version == 5 && fsm.wait_s > 0);
    with(RECORD(INITIALISED, "m1", 1, 1, HASH_A), BOOTSTRAP_TICKET);
    journal_is(JOURNAL_JOIN, JOURNAL_INTENT);
    hash(HASH_A, BOOTSTRAP_JOIN);
    journal_is(JOURNAL_JOIN, JOURNAL_STARTED);
    hash(HASH_A, BOOTSTRAP_FINISH);
    ok(BOOTSTRAP_END);
    assert_true(fsm.journal.member);
}

static void masters_let_the_first_one_go_first(void **state) {
    (void)state;
    begins(MASTER(.courtesy_s = 3), JOURNAL(0), BOOTSTRAP_ASK);
    with(RECORD(EMPTY, "", 1, 0, ""), BOOTSTRAP_ASK);
    assert_true(fsm.version == 5 && fsm.wait_s == 3 && !fsm.waiting);
    with(RECORD(EMPTY, "", 1, 0, ""), BOOTSTRAP_PROBE);
    begins(MASTER(.courtesy_s = 3), JOURNAL(0), BOOTSTRAP_ASK);
    with(RECORD(RESERVED, "m1", 1, 1, ""), BOOTSTRAP_PROBE); /* the answer was lost */
}

static void others_are_waited_for(void **state) {
    (void)state;
    begins(MASTER(0), JOURNAL(0), BOOTSTRAP_ASK);
    with(RECORD(EMPTY, "", 1, 0, ""), BOOTSTRAP_PROBE);
    ok(BOOTSTRAP_RESERVE);
    ends(BOOTSTRAP_REFUSED, BOOTSTRAP_ASK);
    with(RECORD(RESERVED, "m2", 1, 1, ""), BOOTSTRAP_ASK);
    with(RECORD(INITIALISING, "m2", 1, 1, ""), BOOTSTRAP_ASK);
    with(RECORD(EMPTY, "", 1, 1, ""), BOOTSTRAP_PROBE);
    ok(BOOTSTRAP_RESERVE);
    with(RECORD(RESERVED, "m1", 1, 2, ""), BOOTSTRAP_BEGIN);
    ends(BOOTSTRAP_REFUSED, BOOTSTRAP_ASK); /* row 33: paused beyond the lease */
    with(RECORD(EMPTY, "", 1, 2, ""), BOOTSTRAP_PROBE);
    ok(BOOTSTRAP_RESERVE);
    with(RECORD(RESERVED, "m1", 1, 3, ""), BOOTSTRAP_BEGIN);
    ends(BOOTSTRAP_LATE, BOOTSTRAP_ASK);
}

static void what_fails_is_tried_again(void **state) {
    (void)state;
    static const enum bootstrap_result results[] = {BOOTSTRAP_AWAY, BOOTSTRAP_FAILED};
    for (size_t i = 0; i < 2; i++) {
        begins(MASTER(0), JOURNAL(0), BOOTSTRAP_ASK);
        ends(results[i], BOOTSTRAP_STOP);
        says("it broke");
        begins(MASTER(0), JOURNAL(0), BOOTSTRAP_ASK);
        with(RECORD(EMPTY, "", 1, 0, ""), BOOTSTRAP_PROBE);
        ends(results[i], BOOTSTRAP_STOP);
        begins(MASTER(0), JOURNAL(0), BOOTSTRAP_ASK);
        with(RECORD(EMPTY, "", 1, 0, ""), BOOTSTRAP_PROBE);
        ok(BOOTSTRAP_RESERVE);
        ends(results[i], BOOTSTRAP_STOP);
        begins(MASTER(0), JOURNAL(0), BOOTSTRAP_ASK);
        with(RECORD(RESERVED, "m1", 1, 1, ""), BOOTSTRAP_PROBE);
        ok(BOOTSTRAP_RESERVE);
        with(RECORD(RESERVED, "m1", 1, 1, ""), BOOTSTRAP_BEGIN);
        ends(results[i], BOOTSTRAP_STOP);
        begins(WORKER, JOURNAL(0), BOOTSTRAP_ASK);
        with(RECORD(INITIALISED, "m1", 1, 1, HASH_A), BOOTSTRAP_TICKET);
        ends(results[i], BOOTSTRAP_STOP);
        begins(MASTER(.traces = true), JOURNAL(0), BOOTSTRAP_ASK);
        with(RECORD(EMPTY, "", 1, 0, ""), BOOTSTRAP_WIPE);
        ends(results[i], BOOTSTRAP_STOP);
        begins(MASTER(FILES_A), MEMBER, BOOTSTRAP_ASK);
        with(RECORD(INITIALISED, "m1", 1, 1, HASH_A), BOOTSTRAP_KUBELET);
        ends(results[i], BOOTSTRAP_STOP);
    }
    begins(MASTER(FILES_A), MEMBER, BOOTSTRAP_ASK);
    ends(BOOTSTRAP_FAILED, BOOTSTRAP_STOP); /* the seed answers, and no answer that can be read: not the same as away */
}

/* Rows 4 and 5: `begin` repeats; each takes a token of its own. */
static void interrupted_before_kubeadm(void **state) {
    (void)state;
    const struct journal *intent =
        JOURNAL(.seen = {1, 1, ""}, .action = JOURNAL_INIT, .phase = JOURNAL_INTENT, .of = {1, 1, ""});
    begins(MASTER(0), intent, BOOTSTRAP_ASK);
    with(RECORD(RESERVED, "m1", 1, 1, ""), BOOTSTRAP_PROBE);
    ok(BOOTSTRAP_RESERVE);
    with(RECORD(RESERVED, "m1", 1, 1, ""), BOOTSTRAP_BEGIN);
    begins(MASTER(0), intent, BOOTSTRAP_ASK);
    with(RECORD(INITIALISING, "m1", 1, 2, ""), BOOTSTRAP_BEGIN);
    with(RECORD(INITIALISING, "m1", 1, 3, ""), BOOTSTRAP_INIT);
    assert_int_equal(fsm.journal.of.token, 3);
    begins(MASTER(0), intent, BOOTSTRAP_ASK);
    with(RECORD(RESERVED, "m1", 1, 1, ""), BOOTSTRAP_PROBE);
    ok(BOOTSTRAP_RESERVE);
    with(RECORD(INITIALISING, "m1", 1, 2, ""), BOOTSTRAP_BEGIN); /* its begin came through after all */
    with(RECORD(INITIALISING, "m1", 1, 3, ""), BOOTSTRAP_INIT);
}

/* Row 6: wiped, and begun again; row 9: the wipe starts over. */
static void interrupted_in_kubeadm_init(void **state) {
    (void)state;
    begins(MASTER(0), JOURNAL(.seen = {1, 1, ""}, .action = JOURNAL_INIT, .phase = JOURNAL_STARTED, .of = {1, 1, ""}),
           BOOTSTRAP_ASK);
    with(RECORD(INITIALISING, "m1", 1, 1, ""), BOOTSTRAP_WIPE);
    journal_is(JOURNAL_WIPE, JOURNAL_STARTED);
    struct journal interrupted = fsm.journal;
    ok(BOOTSTRAP_BEGIN);
    journal_is(JOURNAL_INIT, JOURNAL_INTENT);
    with(RECORD(INITIALISING, "m1", 1, 2, ""), BOOTSTRAP_INIT);
    journal_is(JOURNAL_INIT, JOURNAL_STARTED);
    begins(MASTER(0), &interrupted, BOOTSTRAP_ASK); /* no trace is left, but names may come back: again */
    with(RECORD(INITIALISING, "m1", 1, 1, ""), BOOTSTRAP_WIPE);
    ok(BOOTSTRAP_BEGIN);
}

static const struct journal made = {
    .seen = {1, 1, ""}, .action = JOURNAL_INIT, .phase = JOURNAL_DONE, .of = {1, 1, HASH_A}};

static void nothing_is_wiped_twice(void **state) {
    (void)state;
    begins(MASTER(0), JOURNAL(.seen = {1, 1, ""}, .action = JOURNAL_WIPE, .phase = JOURNAL_DONE, .of = {1, 1, ""}),
           BOOTSTRAP_ASK);
    with(RECORD(INITIALISING, "m1", 1, 1, ""), BOOTSTRAP_BEGIN);
    begins(MASTER(0), JOURNAL(.seen = {1, 1, ""}, .action = JOURNAL_ABORT, .phase = JOURNAL_DONE, .of = {1, 1, ""}),
           BOOTSTRAP_ASK);
    with(RECORD(EMPTY, "", 1, 1, ""), BOOTSTRAP_PROBE);
}

/* Row 7: commit repeats, with the same hash, and kubelet is started. */
static void interrupted_before_commit(void **state) {
    (void)state;
    begins(MASTER(FILES_A), &made, BOOTSTRAP_ASK);
    with(RECORD(INITIALISING, "m1", 1, 1, ""), BOOTSTRAP_COMMIT);
    assert_string_equal(fsm.journal.of.ca_hash, HASH_A);
    ends(BOOTSTRAP_AWAY, BOOTSTRAP_STOP);
    says("commit: it broke");
    begins(MASTER(FILES_A), &made, BOOTSTRAP_ASK);
    with(RECORD(INITIALISING, "m1", 1, 1, ""), BOOTSTRAP_COMMIT);
    with(RECORD(INITIALISED, "m1", 1, 1, HASH_A), BOOTSTRAP_KUBELET);
    begins(MASTER(FILES_A), &fsm.journal, BOOTSTRAP_ASK);
    with(RECORD(INITIALISED, "m1", 1, 1, HASH_A), BOOTSTRAP_KUBELET); /* it was committed, the answer was lost */
    ok(BOOTSTRAP_FINISH);
    ends(BOOTSTRAP_FAILED, BOOTSTRAP_STOP);
    begins(MASTER(FILES_A), &fsm.journal, BOOTSTRAP_ASK);
    with(RECORD(INITIALISED, "m1", 1, 1, HASH_A), BOOTSTRAP_KUBELET);
    ok(BOOTSTRAP_FINISH);
    ok(BOOTSTRAP_END);
}

static void an_older_init_is_not_committed_under_a_new_grant(void **state) {
    (void)state;
    begins(MASTER(FILES_A), &made, BOOTSTRAP_ASK);
    with(RECORD(EMPTY, "", 2, 1, ""), BOOTSTRAP_WIPE);
    ok(BOOTSTRAP_PROBE);
    begins(MASTER(FILES_A), &made, BOOTSTRAP_ASK);
    with(RECORD(INITIALISING, "m1", 2, 2, ""), BOOTSTRAP_WIPE);
    ok(BOOTSTRAP_BEGIN);
    begins(MASTER(FILES_A),
           JOURNAL(.seen = {1, 1, HASH_A}, .action = JOURNAL_JOIN, .phase = JOURNAL_DONE, .of = {1, 1, HASH_A}),
           BOOTSTRAP_ASK);
    with(RECORD(INITIALISING, "m1", 2, 2, ""), BOOTSTRAP_WIPE); /* nor is what was joined */
    begins(MASTER(FILES_A), &made, BOOTSTRAP_ASK);
    with(RECORD(INITIALISED, "m2", 2, 2, HASH_B), BOOTSTRAP_WIPE);
    ok(BOOTSTRAP_TICKET);
    begins(MASTER(FILES_A), &made, BOOTSTRAP_ASK);
    with(RECORD(RESERVED, "m2", 2, 2, ""), BOOTSTRAP_WIPE); /* at once: it may hold the VIP */
    ok(BOOTSTRAP_ASK);
}

/* It may be committed, and be the only one that has it: not wiped because a restored seed does not know. */
static void a_seed_that_forgot_an_init_is_told(void **state) {
    (void)state;
    static const struct record_view behind[] = {{9, {1, 1, ""}, RECORD_EMPTY, "", 0},
                                                {9, {1, 1, ""}, RECORD_RESERVED, "m1", 9000},
                                                {9, {1, 2, ""}, RECORD_INITIALISING, "m1", 0},
                                                {9, {1, 1, ""}, RECORD_INITIALISING, "m2", 0},
                                                {9, {1, 1, HASH_B}, RECORD_INITIALISED, "m1", 0}};
    for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
        begins(MASTER(FILES_A), &made, BOOTSTRAP_ASK);
        with(&behind[i], BOOTSTRAP_ASK);
        assert_string_equal(fsm.journal.seen.ca_hash, HASH_A); /* which goes to the seed as witness */
        assert_int_equal(fsm.version, 0);
        with(&behind[i], BOOTSTRAP_STOP);
        says("QUARANTINE");
        journal_is(JOURNAL_INIT, JOURNAL_DONE);
    }
}

static void what_an_init_left_is_gone(void **state) {
    (void)state;
    begins(MASTER(.traces = true, .whole = true, .ca_hash = HASH_B), &made, BOOTSTRAP_ASK);
    with(RECORD(INITIALISING, "m1", 1, 1, ""), BOOTSTRAP_WIPE); /* a commit may be on its way: this grant is over */
    journal_is(JOURNAL_ABORT, JOURNAL_INTENT);
    ok(BOOTSTRAP_ABORT);
    with(RECORD(EMPTY, "", 1, 1, ""), BOOTSTRAP_STOP);
    says("not there any more");
    journal_is(JOURNAL_ABORT, JOURNAL_DONE);
    begins(MASTER(0), &made, BOOTSTRAP_ASK);
    with(RECORD(INITIALISED, "m1", 1, 1, HASH_A), BOOTSTRAP_STOP);
    says("its files are gone");
}

/* A failed init is wiped, and only then given back; the grant is not used again however that ends. */
static void a_failed_init_is_given_back(void **state) {
    (void)state;
    const struct record_view *held = RECORD(INITIALISING, "m1", 1, 1, "");
    begins(MASTER(0), JOURNAL(0), BOOTSTRAP_ASK);
    with(held, BOOTSTRAP_BEGIN);
    with(held, BOOTSTRAP_INIT);
    ends(BOOTSTRAP_FAILED, BOOTSTRAP_WIPE);
    struct journal before = fsm.journal;
    ends(BOOTSTRAP_FAILED, BOOTSTRAP_STOP);
    says("it broke; and then: it broke");
    begins(MASTER(0), &before, BOOTSTRAP_ASK);
    with(held, BOOTSTRAP_WIPE);
    ok(BOOTSTRAP_ABORT);
    journal_is(JOURNAL_ABORT, JOURNAL_STARTED);
    struct journal sent = fsm.journal;
    ends(BOOTSTRAP_AWAY, BOOTSTRAP_STOP);
    begins(MASTER(0), &sent, BOOTSTRAP_ASK);
    with(held, BOOTSTRAP_ABORT); /* not another init */
    ends(BOOTSTRAP_REFUSED, BOOTSTRAP_ASK);
    journal_is(JOURNAL_ABORT, JOURNAL_DONE);
    with(RECORD(EMPTY, "", 1, 1, ""), BOOTSTRAP_PROBE);
    begins(MASTER(0), &sent, BOOTSTRAP_ASK);
    with(RECORD(INITIALISING, "m1", 1, 2, ""), BOOTSTRAP_BEGIN); /* another grant */
    begins(MASTER(0), &sent, BOOTSTRAP_ASK);
    with(RECORD(INITIALISING, "m2", 1, 2, ""), BOOTSTRAP_ASK);
    begins(MASTER(0), JOURNAL(0), BOOTSTRAP_ASK);
    with(held, BOOTSTRAP_BEGIN);
    with(held, BOOTSTRAP_INIT);
    ends(BOOTSTRAP_FAILED, BOOTSTRAP_WIPE);
    ok(BOOTSTRAP_ABORT);
    ends(BOOTSTRAP_AWAY, BOOTSTRAP_STOP);
    says("it broke");
    journal_is(JOURNAL_ABORT, JOURNAL_STARTED);
}

/* Row 8. */
static void interrupted_in_kubeadm_join(void **state) {
    (void)state;
    begins(MASTER(0),
           JOURNAL(.seen = {1, 1, HASH_A}, .action = JOURNAL_JOIN, .phase = JOURNAL_STARTED, .of = {1, 1, HASH_A}),
           BOOTSTRAP_ASK);
    with(RECORD(INITIALISED, "m2", 1, 1, HASH_A), BOOTSTRAP_WIPE);
    ok(BOOTSTRAP_TICKET);
    hash(HASH_A, BOOTSTRAP_JOIN);
    ends(BOOTSTRAP_FAILED, BOOTSTRAP_STOP);
    begins(MASTER(FILES_A),
           JOURNAL(.seen = {1, 1, HASH_A}, .action = JOURNAL_JOIN, .phase = JOURNAL_DONE, .of = {1, 1, HASH_A}),
           BOOTSTRAP_ASK);
    with(RECORD(INITIALISED, "m2", 1, 1, HASH_A), BOOTSTRAP_KUBELET); /* it had ended well */
    ok(BOOTSTRAP_FINISH);
    ok(BOOTSTRAP_END);
}

static void only_the_committed_ca_is_joined(void **state) {
    (void)state;
    begins(WORKER, JOURNAL(0), BOOTSTRAP_ASK);
    with(RECORD(INITIALISED, "m1", 1, 1, HASH_A), BOOTSTRAP_TICKET);
    hash(HASH_B, BOOTSTRAP_STOP);
    says("is not the committed");
    begins(WORKER, JOURNAL(0), BOOTSTRAP_ASK);
    with(RECORD(INITIALISED, "m1", 1, 1, HASH_A), BOOTSTRAP_TICKET);
    hash(HASH_A, BOOTSTRAP_JOIN);
    hash(HASH_B, BOOTSTRAP_STOP);
    says("joined the cluster");
    assert_false(fsm.journal.member);
    begins(&(const struct bootstrap_machine){.hostname = "n1", .traces = true, .whole = true, .ca_hash = HASH_B},
           &fsm.journal, BOOTSTRAP_ASK);
    with(RECORD(INITIALISED, "m1", 1, 1, HASH_A), BOOTSTRAP_WIPE);
}

/* Rows 10, 40 and I6. */
static void a_member_is_validated_before_kubelet(void **state) {
    (void)state;
    begins(MASTER(FILES_A), MEMBER, BOOTSTRAP_ASK);
    with(RECORD(INITIALISED, "m2", 1, 1, HASH_A), BOOTSTRAP_KUBELET);
    ok(BOOTSTRAP_END);
    begins(MASTER(FILES_A), MEMBER, BOOTSTRAP_ASK);
    ends(BOOTSTRAP_AWAY, BOOTSTRAP_KUBELET);
    begins(MASTER(FILES_A), MEMBER, BOOTSTRAP_ASK);
    with(RECORD(QUARANTINE, "", 1, 9, ""), BOOTSTRAP_KUBELET);
    assert_int_equal(fsm.journal.seen.token, 1); /* not our memory */
    begins(MASTER(FILES_A), MEMBER, BOOTSTRAP_ASK);
    with(RECORD(EMPTY, "", 1, 0, ""), BOOTSTRAP_KUBELET); /* the seed forgot */
    static const struct record_view others[] = {{9, {2, 1, ""}, RECORD_EMPTY, "", 0},
                                                {9, {2, 2, HASH_B}, RECORD_INITIALISED, "m2", 0}};
    for (size_t i = 0; i < 2; i++) {
        begins(MASTER(FILES_A), MEMBER, BOOTSTRAP_ASK);
        with(&others[i], BOOTSTRAP_STOP);
        says("belongs to the cluster sha256:aaaa");
        assert_int_equal(fsm.journal.seen.epoch, 2);
        assert_true(fsm.journal.member);
    }
    begins(MASTER(.traces = true, .whole = true, .ca_hash = HASH_B), MEMBER, BOOTSTRAP_STOP);
    says("this machine joined");
    begins(MASTER(.traces = true), MEMBER, BOOTSTRAP_ASK); /* its disk was replaced: a new machine under the old name */
    with(RECORD(INITIALISED, "m2", 1, 1, HASH_A), BOOTSTRAP_WIPE);
    ok(BOOTSTRAP_TICKET);
    assert_false(fsm.journal.member);
}

static void quarantine_stops_everybody_else(void **state) {
    (void)state;
    begins(MASTER(0), JOURNAL(0), BOOTSTRAP_ASK);
    with(RECORD(QUARANTINE, "m1", 4, 4, HASH_A), BOOTSTRAP_STOP);
    says("QUARANTINE");
    assert_true(err.remedy[0]);
    assert_int_equal(fsm.journal.seen.epoch, 0);
}

/* The witness: the highest pair ever seen, by whom it may; a hash belongs to its epoch. */
static void the_highest_record_is_remembered(void **state) {
    (void)state;
    begins(WORKER, JOURNAL(.seen = {1, 4, HASH_A}), BOOTSTRAP_ASK);
    with(RECORD(RESERVED, "m1", 1, 5, ""), BOOTSTRAP_ASK);
    assert_true(fsm.journal.seen.token == 5 && !strcmp(fsm.journal.seen.ca_hash, HASH_A));
    with(RECORD(RESERVED, "m1", 1, 3, ""), BOOTSTRAP_ASK);
    assert_int_equal(fsm.journal.seen.token, 5);
    with(RECORD(EMPTY, "", 2, 0, ""), BOOTSTRAP_ASK);
    assert_true(fsm.journal.seen.epoch == 2 && fsm.journal.seen.token == 0 && !fsm.journal.seen.ca_hash[0]);
}

static void effects_have_names(void **state) {
    (void)state;
    for (int effect = 0; effect < BOOTSTRAP_EFFECTS; effect++)
        assert_true(bootstrap_fsm_effect_name((enum bootstrap_effect)effect)[0]);
    assert_string_equal(bootstrap_fsm_effect_name(BOOTSTRAP_RESERVE), "reserve"); /* the transitions' are the API's */
    assert_string_equal(bootstrap_fsm_effect_name(BOOTSTRAP_ABORT), "abort");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_master),
        cmocka_unit_test(a_joiner),
        cmocka_unit_test(masters_let_the_first_one_go_first),
        cmocka_unit_test(others_are_waited_for),
        cmocka_unit_test(what_fails_is_tried_again),
        cmocka_unit_test(interrupted_before_kubeadm),
        cmocka_unit_test(interrupted_in_kubeadm_init),
        cmocka_unit_test(nothing_is_wiped_twice),
        cmocka_unit_test(interrupted_before_commit),
        cmocka_unit_test(an_older_init_is_not_committed_under_a_new_grant),
        cmocka_unit_test(a_seed_that_forgot_an_init_is_told),
        cmocka_unit_test(what_an_init_left_is_gone),
        cmocka_unit_test(a_failed_init_is_given_back),
        cmocka_unit_test(interrupted_in_kubeadm_join),
        cmocka_unit_test(only_the_committed_ca_is_joined),
        cmocka_unit_test(a_member_is_validated_before_kubelet),
        cmocka_unit_test(quarantine_stops_everybody_else),
        cmocka_unit_test(the_highest_record_is_remembered),
        cmocka_unit_test(effects_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
