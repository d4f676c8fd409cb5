/* SPDX-License-Identifier: Apache-2.0
 * Step 12's body: the journal is durable before the effect that it tells of, the calls to the seed carry what they
 * must, and a ticket that was not used is given back. */
#include "worlds.h"

#include "bootstrap/attempt.h"
#include "clock.h"

#define HASH "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define TICKET "0123456789abcdef0123456789abcdef"

static const char *state_now, *holder_now, *ticket_hash;
static int64_t lease_ms;
static const char *failing; /* the path whose call fails, with failing_errno */
static int failing_errno, saves_until_failure;

static cJSON *record_now(void) {
    char text[400];
    snprintf(
        text, sizeof(text),
        "{\"version\":7,\"state\":\"%s\",\"epoch\":1,\"token\":%d,\"holder\":%s%s%s,\"ca_hash\":%s,\"lease_ms\":%lld}",
        state_now, !strcmp(state_now, "INITIALISING") || !strcmp(state_now, "INITIALISED") ? 2 : 1,
        holder_now[0] ? "\"" : "", holder_now[0] ? holder_now : "null", holder_now[0] ? "\"" : "",
        !strcmp(state_now, "INITIALISED") ? "\"" HASH "\"" : "null", (long long)lease_ms);
    return cJSON_Parse(text);
}

/* The seed: a transition is granted, and says which state follows. */
static int fake_seed_call(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                          unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    (void)client;
    (void)timeout_s;
    char name[96];
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, "?"), path);
    const char *hash = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "ca_hash"));
    const char *reason = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "reason"));
    called("%s %s%s%.12s%s%.30s", method, name, hash ? " " : "", hash ? hash : "", reason ? " " : "",
           reason ? reason : "");
    if (failing && strstr(path, failing)) {
        failing = NULL;
        return error_set(err, failing_errno, "seed: it says no");
    }
    if (ret_status)
        *ret_status = 200;
    if (strstr(path, "/reserve")) {
        state_now = "RESERVED";
        holder_now = "k8s-m1";
    } else if (strstr(path, "/begin")) {
        state_now = "INITIALISING";
    } else if (strstr(path, "/commit")) {
        state_now = "INITIALISED";
    }
    if (!ret_body)
        return 0;
    char ticket[300];
    snprintf(ticket, sizeof(ticket), "{\"id\":\"" TICKET "\",\"token\":\"abcdef.0123456789abcdef\",\"ca_hash\":\"%s\"}",
             ticket_hash);
    *ret_body = strstr(path, "tickets") ? cJSON_Parse(ticket) : record_now();
    return 0;
}

static int fake_save(const char *path, const struct journal *journal, struct error *err) {
    static const char *const actions[] = {"none", "init", "join", "wipe", "abort"}, *const phases[] = {
                                                                                        "intent", "started", "done"};
    (void)path;
    if (saves_until_failure-- == 0)
        return error_set(err, ENOSPC, "write the journal: ENOSPC");
    called("journal %s-%s%s", actions[journal->action], phases[journal->phase], journal->member ? "-member" : "");
    return 0;
}

/* An effect without a body: its name is written down. */
static int fake_effect(struct agent *a, struct attempt *attempt, struct error *err) {
    (void)a;
    (void)err;
    called("%s", bootstrap_fsm_effect_name(attempt->driver.effect));
    return 0;
}
static int fake_kubeadm(struct agent *a, struct attempt *attempt, struct error *err) {
    (void)a;
    (void)err;
    snprintf(attempt->ca_hash, sizeof(attempt->ca_hash), HASH);
    called("kubeadm");
    return 0;
}
static int fake_join(struct agent *a, struct attempt *attempt, struct error *err) {
    fake_kubeadm(a, attempt, err);
    attempt_drop_ticket(a, attempt, NULL);
    return 0;
}
static int fake_ports_probe(struct port *ports, size_t count, long timeout_ms, struct error *err) {
    (void)timeout_ms;
    (void)err;
    for (size_t i = 0; i < count; i++)
        ports[i].answer = PORT_OPEN;
    return 0;
}

static const struct attempt_effects effects = {.save = fake_save,
                                               .run = {[BOOTSTRAP_ASK] = attempt_ask,
                                                       [BOOTSTRAP_WIPE] = fake_effect,
                                                       [BOOTSTRAP_PROBE] = fake_effect,
                                                       [BOOTSTRAP_RESERVE] = attempt_move,
                                                       [BOOTSTRAP_BEGIN] = attempt_move,
                                                       [BOOTSTRAP_COMMIT] = attempt_move,
                                                       [BOOTSTRAP_ABORT] = attempt_move,
                                                       [BOOTSTRAP_INIT] = fake_kubeadm,
                                                       [BOOTSTRAP_TICKET] = attempt_ticket,
                                                       [BOOTSTRAP_JOIN] = fake_join,
                                                       [BOOTSTRAP_KUBELET] = fake_effect,
                                                       [BOOTSTRAP_FINISH] = fake_effect}};

static int follow(const char *hostname, const char *state, struct error *err) {
    const struct bootstrap_machine machine = {.hostname = hostname, .master = role_is_master(agent.role)};
    world.seed_call = fake_seed_call;
    world.probe_clock = fake_probe_clock;
    world.ports_probe = fake_ports_probe;
    state_now = state;
    holder_now = strcmp(state, "EMPTY") ? "k8s-m1" : "";
    return attempt_follow(&agent, &machine, &effects, err);
}

static int start(void **state) {
    (void)state;
    lease_ms = 30000;
    ticket_hash = HASH;
    failing = NULL;
    saves_until_failure = 100;
    return 0;
}

static void the_journal_goes_before_each_effect(void **state) {
    (void)state;
    struct error err = {0};
    machine_is("k8s-m1");
    assert_int_equal(follow("k8s-m1", "EMPTY", &err), 0);
    assert_calls("GET /v1/bootstrap; journal none-intent; probe; POST /v1/bootstrap/reserve; "
                 "journal init-intent; POST /v1/bootstrap/begin; journal init-started; kubeadm; journal init-done; "
                 "POST /v1/bootstrap/commit sha256:aaaaa; journal init-done; finish; journal init-done-member");
    assert_true(agent.journal.member);
    assert_string_equal(agent.journal.of.ca_hash, HASH);
}

static void without_its_journal_nothing_is_done(void **state) {
    (void)state;
    struct error err = {0};
    machine_is("k8s-m1");
    saves_until_failure = 2; /* that kubeadm init begins cannot be written down */
    assert_int_equal(follow("k8s-m1", "EMPTY", &err), -1);
    assert_string_equal(err.message, "write the journal: ENOSPC");
    assert_calls("GET /v1/bootstrap; journal none-intent; probe; POST /v1/bootstrap/reserve; journal init-intent; "
                 "POST /v1/bootstrap/begin");
    assert_int_equal(agent.journal.phase, JOURNAL_INTENT);
}

static void after_two_thirds_of_the_lease_nothing_is_sent(void **state) {
    (void)state;
    struct error err = {0};
    machine_is("k8s-m1");
    lease_ms = 1;
    failing = "version="; /* ends the run at the next question */
    failing_errno = EIO;
    assert_int_equal(follow("k8s-m1", "EMPTY", &err), -1);
    assert_calls("GET /v1/bootstrap; journal none-intent; probe; POST /v1/bootstrap/reserve; journal init-intent; "
                 "GET /v1/bootstrap");
}

static void a_worker_joins_with_its_ticket(void **state) {
    (void)state;
    struct error err = {0};
    machine_is("k8s-n1");
    assert_int_equal(follow("k8s-n1", "INITIALISED", &err), 0);
    assert_calls("GET /v1/bootstrap; journal join-intent; POST /v1/tickets; GET /v1/tickets/" TICKET
                 "; journal join-started; kubeadm; POST /v1/tickets/" TICKET
                 "/done; journal join-done; finish; journal join-done-member");
}

/* Two seconds, in which chrony brings it within one of the seed's. */
static void a_joiner_waits_while_its_clock_is_off(void **state) {
    (void)state;
    struct error err = {0};
    machine_is("k8s-n1");
    clock_ahead_ms = 1500;
    assert_int_equal(follow("k8s-n1", "INITIALISED", &err), 0);
    assert_true(clock_ahead_ms <= 0);
    assert_calls("GET /v1/bootstrap; journal join-intent; POST /v1/tickets; GET /v1/tickets/" TICKET
                 "; journal join-started; kubeadm; POST /v1/tickets/" TICKET
                 "/done; journal join-done; finish; journal join-done-member");
}

static void a_ticket_of_another_cluster_is_given_back(void **state) {
    (void)state;
    struct error err = {0};
    machine_is("k8s-n1");
    ticket_hash = OTHER;
    assert_int_equal(follow("k8s-n1", "INITIALISED", &err), -1);
    assert_calls("GET /v1/bootstrap; journal join-intent; POST /v1/tickets; GET /v1/tickets/" TICKET
                 "; POST /v1/tickets/" TICKET "/done join ticket: /ca_hash sha256:b");
    assert_int_equal(err.code, SR_TICKET);
}

static void a_member_starts_without_the_seed(void **state) {
    (void)state;
    struct error err = {0};
    machine_is("k8s-m1");
    agent.journal = (struct journal){
        .seen = {1, 2, HASH}, .action = JOURNAL_INIT, .phase = JOURNAL_DONE, .of = {1, 2, HASH}, .member = true};
    struct bootstrap_machine machine = {.hostname = "k8s-m1", .master = true, .whole = true};
    snprintf(machine.ca_hash, sizeof(machine.ca_hash), HASH);
    world.seed_call = fake_seed_call;
    state_now = "INITIALISED";
    holder_now = "k8s-m1";
    failing = "/v1/bootstrap";
    failing_errno = EHOSTUNREACH;
    assert_int_equal(attempt_follow(&agent, &machine, &effects, &err), 0);
    assert_calls("GET /v1/bootstrap; kubelet");
}

static void who_has_another_ca_does_not_start(void **state) {
    (void)state;
    struct error err = {0};
    machine_is("k8s-m1");
    agent.journal = (struct journal){
        .seen = {1, 2, HASH}, .action = JOURNAL_INIT, .phase = JOURNAL_DONE, .of = {1, 2, HASH}, .member = true};
    struct bootstrap_machine machine = {.hostname = "k8s-m1", .master = true, .whole = true};
    snprintf(machine.ca_hash, sizeof(machine.ca_hash), OTHER);
    assert_int_equal(attempt_follow(&agent, &machine, &effects, &err), -1);
    assert_int_equal(err.code, SR_CA_CHANGED);
    assert_calls("");
}

static void a_refusal_reads_as_one(void **state) {
    (void)state;
    struct error err = {0};
    machine_is("k8s-m1");
    failing = "/reserve";
    failing_errno = EEXIST; /* 409: another machine was faster; the record is asked for again, and is still EMPTY */
    assert_int_equal(follow("k8s-m1", "EMPTY", &err), 0);
    static const char wanted[] =
        "GET /v1/bootstrap; journal none-intent; probe; POST /v1/bootstrap/reserve; GET /v1/bootstrap; "
        "probe; POST /v1/bootstrap/reserve; journal init-intent";
    calls[sizeof(wanted) - 1] = '\0';
    assert_calls(wanted);
}

/* --- kubeadm join, with the real effect --- */

static const char *const *kubeadm_says; /* what each run fails with; NULL: it succeeds */

static int fake_secret(const struct agent *a, const struct render_ticket *ticket, const char *name, const char *path,
                       struct error *err) {
    (void)a;
    (void)err;
    assert_string_equal(ticket->token, "abcdef.0123456789abcdef");
    assert_string_equal(name, "kubeadm-join.yaml");
    assert_string_equal(path, "/run/seedrack/kubeadm-join.yaml");
    return 0;
}
static int fake_run(const char *const *argv, const struct child_options *options, struct buf *ret_output,
                    struct error *err) {
    (void)options;
    (void)ret_output;
    const char *said = *kubeadm_says++;
    called("%s %s", argv[0], argv[1]);
    return said ? error_set(err, EIO, "kubeadm: exit 1: %s", said) : 0;
}
static int fake_sync(const char *path, struct error *err) {
    (void)path;
    (void)err;
    return 0;
}
static int fake_hash(const char *path, char ret_hash[CA_HASH_SIZE], struct error *err) {
    (void)path;
    (void)err;
    snprintf(ret_hash, CA_HASH_SIZE, "%s", HASH);
    return 0;
}

static int join_that_says(const char *const *said, struct error *err) {
    struct attempt attempt = {.ticket_id = TICKET};
    machine_is("k8s-n1");
    world.seed_call = fake_seed_call;
    world.rendered_secret = fake_secret;
    world.child_run = fake_run;
    world.file_sync_tree = fake_sync;
    world.ca_hash_of_file = fake_hash;
    kubeadm_says = said;
    attempt.ticket = cJSON_Parse("{\"token\":\"abcdef.0123456789abcdef\",\"ca_hash\":\"" HASH "\"}");
    return attempt_join(&agent, &attempt, err);
}
#define SLOW "error execution phase preflight: unable to fetch the kubeadm-config ConfigMap: context deadline exceeded"

static void a_slow_api_server_costs_no_ticket(void **state) {
    (void)state;
    static const char *const slow[] = {SLOW, NULL}, *const fails[] = {SLOW, "error execution phase kubelet-start",
                                                                      NULL};
    struct error err = {0};
    assert_int_equal(join_that_says(slow, &err), 0);
    assert_calls("kubeadm join; kubeadm join; POST /v1/tickets/" TICKET "/done");
    assert_int_equal(join_that_says(fails, &err), -1); /* it may have changed something by then */
    assert_calls("kubeadm join; kubeadm join; POST /v1/tickets/" TICKET "/done kubeadm: exit 1: error executi");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_journal_goes_before_each_effect, start, forget_machine),
        cmocka_unit_test_setup_teardown(without_its_journal_nothing_is_done, start, forget_machine),
        cmocka_unit_test_setup_teardown(after_two_thirds_of_the_lease_nothing_is_sent, start, forget_machine),
        cmocka_unit_test_setup_teardown(a_worker_joins_with_its_ticket, start, forget_machine),
        cmocka_unit_test_setup_teardown(a_joiner_waits_while_its_clock_is_off, start, forget_machine),
        cmocka_unit_test_setup_teardown(a_ticket_of_another_cluster_is_given_back, start, forget_machine),
        cmocka_unit_test_setup_teardown(a_member_starts_without_the_seed, start, forget_machine),
        cmocka_unit_test_setup_teardown(who_has_another_ca_does_not_start, start, forget_machine),
        cmocka_unit_test_setup_teardown(a_refusal_reads_as_one, start, forget_machine),
        cmocka_unit_test_setup_teardown(a_slow_api_server_costs_no_ticket, start, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
