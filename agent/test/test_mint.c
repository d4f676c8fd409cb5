/* SPDX-License-Identifier: Apache-2.0
 * Join tickets: bootstrap tokens that end, who mints none, and the joiners' rights. */
#include "worlds.h"

#include "json.h"
#include "member/approve.h"
#include "member/mint.h"
#include "member/revoke.h"
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- bootstrap tokens --- */

static struct token tokens[4];
static size_t n_tokens;
static const char *ticket_state;

static int fake_tokens(const struct role *role, struct token ret[static TOKENS_MAX], size_t *ret_count,
                       struct error *err) {
    (void)role;
    (void)err;
    memcpy(ret, tokens, n_tokens * sizeof(tokens[0]));
    *ret_count = n_tokens;
    return 0;
}
static int fake_remove_token(const struct role *role, const struct token *token, struct error *err) {
    (void)role;
    (void)err;
    called("delete %s", token->id);
    return 0;
}
static int fake_ticket_state(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                             unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    (void)client;
    (void)method;
    (void)path;
    (void)body;
    (void)timeout_s;
    (void)ret_status;
    if (!ticket_state)
        return error_set(err, ENOENT, "seed: no such ticket");
    *ret_body = cJSON_CreateObject();
    cJSON_AddStringToObject(*ret_body, "state", ticket_state);
    return 0;
}

static void tokens_are(const char *state_of_the_ticket) {
    machine_is("k8s-m1");
    tokens[0] = (struct token){.kind = TOKEN_INIT, .id = "aaaaaa"};
    tokens[1] = (struct token){.kind = TOKEN_TICKET, .id = "bbbbbb", .ticket = "0123456789abcdef0123456789abcdef"};
    tokens[2] = (struct token){.kind = TOKEN_CERTS, .id = "cccccc"};
    tokens[3] = (struct token){.kind = TOKEN_FOREIGN, .id = "dddddd"};
    n_tokens = 4;
    ticket_state = state_of_the_ticket;
    world.api_tokens = fake_tokens;
    world.api_remove_token = fake_remove_token;
    world.seed_call = fake_ticket_state;
}

static void tokens_of_joins_that_go_on_stay(void **state) {
    (void)state;
    struct error err = {0};
    size_t left = 0;
    tokens_are("delivered");
    assert_int_equal(revoke_ended(&agent, &left, &err), 0);
    assert_calls("delete aaaaaa");
    assert_int_equal(left, 1);
    tokens_are(NULL); /* the seed forgot the ticket: its time to live ends the token */
    assert_int_equal(revoke_ended(&agent, &left, &err), 0);
    assert_calls("delete aaaaaa");
    assert_int_equal(left, 1);
}

static void tokens_of_joins_that_ended_go_and_certificates_last(void **state) {
    (void)state;
    struct error err = {0};
    size_t left = 9;
    tokens_are("done");
    assert_int_equal(revoke_ended(&agent, &left, &err), 0);
    assert_calls("delete aaaaaa; delete bbbbbb; delete cccccc"); /* nobody else's */
    assert_int_equal(left, 0);
}

/* --- the minter --- */

enum { FOREIGN = 42 };
static bool looked; /* at the site, before a ticket is answered */
static int fake_look_at_site(struct seed_client *client, char etag[static ROLE_ETAG_SIZE], unsigned wait_s,
                             bool *ret_changed, struct buf *ret_text, struct error *err) {
    (void)client;
    (void)etag;
    (void)ret_text;
    (void)err;
    assert_int_equal(wait_s, 0);
    looked = true;
    *ret_changed = false;
    return 0;
}
static int fake_pending(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                        unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    (void)client;
    (void)path;
    (void)timeout_s;
    (void)ret_status;
    (void)err;
    if (!strcmp(method, "PUT"))
        _exit(looked && strstr(json_text(body, "error"), "[SR-RECORD-OTHER] this master belongs to the cluster")
                  ? FOREIGN
                  : 1);
    *ret_body = cJSON_Parse("{\"id\":\"0123456789abcdef0123456789abcdef\",\"hostname\":\"k8s-n1\",\"kind\":\"worker\","
                            "\"ca_hash\":\"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"}");
    return 0;
}

/* Since a recovery the record may be of another cluster: a token of this one would be worth nothing. */
static void a_master_of_another_cluster_mints_nothing(void **state) {
    (void)state;
    int status;
    tokens_are(NULL);
    n_tokens = 0;
    world.seed_call = fake_pending;
    world.role_document_fetch = fake_look_at_site;
    snprintf(agent.journal.of.ca_hash, sizeof(agent.journal.of.ca_hash),
             "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        mint_forever(&agent);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), FOREIGN);
}

/* --- joiners' rights --- */

static int rights_until_failure;
static int fake_create(const struct role *role, const char *path, const char *body, struct error *err) {
    (void)role;
    assert_true(path[0] == '/' && body[0] == '{');
    called("create");
    return rights_until_failure-- == 0 ? error_set(err, EIO, "API server: away") : 0;
}

static void joiners_get_all_rights_or_no_ticket(void **state) {
    (void)state;
    struct error err = {0};
    machine_is("k8s-m1");
    world.api_create = fake_create;
    rights_until_failure = 1;
    assert_int_equal(approve_prepare(&agent, &err), -1);
    assert_calls("create; create");
    rights_until_failure = 100;
    assert_int_equal(approve_prepare(&agent, &err), 0);
    assert_true(approves(agent.role));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(tokens_of_joins_that_go_on_stay, forget_machine),
        cmocka_unit_test_teardown(tokens_of_joins_that_ended_go_and_certificates_last, forget_machine),
        cmocka_unit_test_teardown(a_master_of_another_cluster_mints_nothing, forget_machine),
        cmocka_unit_test_teardown(joiners_get_all_rights_or_no_ticket, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
