/* SPDX-License-Identifier: Apache-2.0
 * What a living master does for others: etcd's quorum, tokens that end, certificates, the guard of the VIP. */
#include "worlds.h"

#include "json.h"
#include "member/mint.h"
#include <sys/wait.h>
#include <unistd.h>
#include <stdio.h>

#include "member/approve.h"
#include "member/guard.h"
#include "member/health.h"
#include "member/quorum.h"
#include "member/revoke.h"
#include "clock.h"
#include <arpa/inet.h>

#define MANIFEST "spec:\n  containers:\n  - command:\n    - etcd\n    - --name=k8s-m1\n"
#define FORCED "spec:\n  containers:\n  - command:\n    - etcd\n    - --force-new-cluster\n    - --name=k8s-m1\n"

/* --- etcd's quorum --- */

static char manifest[256];
static bool removable, alone, runs_forced;
static int healthy_after; /* looks */

static int fake_remove_member(const struct role *role, const char *hostname, struct error *err) {
    (void)role;
    called("remove_member %s", hostname);
    return removable ? 0 : error_set(err, EIO, "etcd: no leader");
}
static int fake_is_alone_with(const struct role *role, const char *hostname, bool *ret, struct error *err) {
    (void)role;
    (void)err;
    called("alone_with %s", hostname);
    *ret = alone;
    return 0;
}
static int fake_file_read(const char *path, struct buf *ret, struct error *err) {
    if (!strstr(path, "etcd.yaml"))
        return error_errno(err, ENOENT, "read `%s`", path);
    buf_adds(ret, manifest);
    return 0;
}
static int fake_file_write(const char *path, const void *data, size_t length, mode_t mode, struct error *err) {
    (void)err;
    assert_non_null(strstr(path, "/manifests/etcd.yaml"));
    assert_int_equal(mode, 0600);
    snprintf(manifest, sizeof(manifest), "%.*s", (int)length, (const char *)data);
    called("manifest %s", strstr(manifest, "--force-new-cluster") ? "forced" : "plain");
    return 0;
}
static int fake_has_argument(const char *argument, bool *ret, struct error *err) {
    (void)err;
    assert_string_equal(argument, "--force-new-cluster");
    *ret = runs_forced;
    return 0;
}
static int fake_stop_etcd(struct error *err) {
    (void)err;
    called("stop etcd");
    return 0;
}
static int fake_stop_api_server(int grace_ms, struct error *err) {
    assert_int_equal(grace_ms, 1000);
    (void)err;
    called("stop api_server");
    return 0;
}
static int fake_remove_node(const struct role *role, const char *hostname, struct error *err) {
    (void)role;
    (void)err;
    called("remove_node %s", hostname);
    return 0;
}
static int fake_service_down(const char *name, struct error *err) {
    (void)err;
    called("down %s", name);
    return 0;
}
static int fake_service_up(const char *name, struct error *err) {
    (void)err;
    called("up %s", name);
    runs_forced = strstr(manifest, "--force-new-cluster") != NULL;
    return 0;
}
static int no_members(int (*each)(const struct cluster_member *member, void *context, struct error *err), void *context,
                      struct error *err) {
    (void)each;
    (void)context;
    return healthy_after-- > 0 ? error_set(err, EAGAIN, "not yet") : 0;
}

static void etcd_is(bool can_remove, bool is_alone) {
    machine_is("k8s-m1");
    snprintf(manifest, sizeof(manifest), MANIFEST);
    removable = can_remove;
    alone = is_alone;
    runs_forced = false;
    healthy_after = 0;
    world.etcd_remove_member = fake_remove_member;
    world.etcd_is_alone_with = fake_is_alone_with;
    world.etcd_each_member = no_members;
    world.file_read = fake_file_read;
    world.file_write = fake_file_write;
    world.process_etcd_has_argument = fake_has_argument;
    world.process_stop_etcd = fake_stop_etcd;
    world.process_stop_api_server = fake_stop_api_server;
    world.service_down = fake_service_down;
    world.api_remove_node = fake_remove_node;
    world.service_up = fake_service_up;
}

static void a_member_that_can_be_removed_is_removed(void **state) {
    (void)state;
    struct error err = {0};
    etcd_is(true, false);
    assert_int_equal(quorum_without(&agent, "k8s-m2", INT64_MAX, &err), 0);
    assert_calls("remove_member k8s-m2");
}

static void with_a_third_voter_nothing_is_forced(void **state) {
    (void)state;
    struct error err = {0};
    etcd_is(false, false);
    assert_int_equal(quorum_without(&agent, "k8s-m2", INT64_MAX, &err), -1);
    assert_calls("remove_member k8s-m2; alone_with k8s-m2");
    assert_string_equal(manifest, MANIFEST);
}

/* kubelet must not see the manifest change while it runs: it would not end the old etcd. */
static void the_last_of_two_starts_over_alone(void **state) {
    (void)state;
    struct error err = {0};
    etcd_is(false, true);
    assert_int_equal(quorum_without(&agent, "k8s-m2", INT64_MAX, &err), 0);
    assert_calls(
        "remove_member k8s-m2; alone_with k8s-m2; down kubelet; stop etcd; stop api_server; manifest forced; "
        "up kubelet; remove_node k8s-m2; down kubelet; stop etcd; stop api_server; manifest plain; up kubelet");
    assert_string_equal(manifest, MANIFEST);
}

/* A power cut between the two restarts: the flag is found, and taken out again. */
static void an_interrupted_start_over_is_ended(void **state) {
    (void)state;
    struct error err = {0};
    etcd_is(true, true);
    snprintf(manifest, sizeof(manifest), FORCED);
    runs_forced = true;
    assert_int_equal(quorum_without(&agent, "k8s-m2", INT64_MAX, &err), 0);
    assert_calls("remove_node k8s-m2; down kubelet; stop etcd; stop api_server; manifest plain; up kubelet");
    assert_string_equal(manifest, MANIFEST);
}

static void what_is_not_healthy_in_time_is_said(void **state) {
    (void)state;
    struct error err = {0};
    etcd_is(false, true);
    healthy_after = 1000;
    assert_int_equal(quorum_without(&agent, "k8s-m2", clock_boottime_ms(), &err), -1);
    assert_string_equal(err.message, "etcd does not run as the only voter yet");
}

/* --- health --- */

static const char *unhealthy = "k8s-m2";
static int fake_member_healthy(const struct cluster_member *member, struct error *err) {
    called("healthy %s", member->name);
    return strcmp(member->name, unhealthy) ? 0 : error_set(err, EAGAIN, "etcd member `%s` is not healthy", unhealthy);
}
static int fake_api_ready(const struct role_peer *peer, struct error *err) {
    (void)err;
    called("ready %s", peer->hostname);
    return 0;
}
static int two_members(int (*each)(const struct cluster_member *member, void *context, struct error *err),
                       void *context, struct error *err) {
    const struct cluster_member members[] = {
        {.id = "1", .name = "k8s-m1", .peer_url = ""},
        {.id = "9372538179322589801", .name = unhealthy, .peer_url = "https://10.0.0.99:2380"}};
    return each(&members[0], context, err) < 0 ? -1 : each(&members[1], context, err);
}

static void the_member_that_is_not_healthy_is_named(void **state) {
    (void)state;
    struct error err = {0};
    machine_is("k8s-m1");
    world.etcd_each_member = two_members;
    world.etcd_member_healthy = fake_member_healthy;
    world.api_ready = fake_api_ready;
    assert_int_equal(control_plane_healthy(&world, agent.role, &err), -1);
    assert_string_equal(err.message, "etcd member `k8s-m2` is not healthy");
    assert_string_equal(err.remedy,
                        "power k8s-m2 on; lost for good: seedctl forget k8s-m2, and a new machine in its place");
    assert_calls("healthy k8s-m1; ready k8s-m1; healthy k8s-m2");
    static const char *const strangers[] = {"k8s-old", ""}; /* the site lost it, and etcd did not */
    for (size_t i = 0; i < 2; i++) {
        unhealthy = strangers[i];
        err = (struct error){0};
        assert_int_equal(control_plane_healthy(&world, agent.role, &err), -1);
        assert_non_null(strstr(err.message, i ? "a machine that never started is no machine of the site"
                                              : "k8s-old is no machine of the site and still a member of etcd"));
        assert_string_equal(err.remedy, "take it out: etcdctl member remove 8211f1d0f64f3269");
    }
    unhealthy = "k8s-m2";
}

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

/* --- the VIP --- */

static const char *vip_owner, *m2_owner; /* MACs, NULL: silent */

static int fake_arp_probe(int ifindex, const char *own_mac, struct in_addr address, int timeout_ms, bool *ret_taken,
                          char ret_mac[18], struct error *err) {
    (void)ifindex;
    (void)own_mac;
    (void)timeout_ms;
    (void)err;
    const char *owner = address.s_addr == agent.role->vip.in.s_addr ? vip_owner : m2_owner;
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address, text, sizeof(text));
    called("who-has %s", text);
    *ret_taken = owner != NULL;
    snprintf(ret_mac, 18, "%s", owner ? owner : "");
    return 0;
}

static void a_stranger_at_the_vip_is_told_once(void **state) {
    (void)state;
    struct guard guard = {0};
    machine_is("k8s-m1");
    world.own_link_find = fake_own_link_find;
    world.arp_probe = fake_arp_probe;
    vip_owner = "02:00:00:00:00:66";
    m2_owner = "52:54:00:84:00:12";
    guard_vip(&agent, &guard);
    guard_vip(&agent, &guard);
    assert_string_equal(guard.told, "02:00:00:00:00:66");
    assert_int_equal(agent.events.n, 1);
    assert_int_equal(agent.events.list[0].code, SR_VIP_STOLEN);
    vip_owner = "52:54:00:84:00:12"; /* of a master */
    guard_vip(&agent, &guard);
    assert_string_equal(guard.told, "");
    assert_int_equal(agent.events.n, 2);
    assert_string_equal(agent.events.list[1].state, "ready");
    calls[0] = '\0';
    vip_owner = NULL; /* we have it, or nobody */
    guard_vip(&agent, &guard);
    assert_calls("who-has 172.22.132.10");
    assert_int_equal(agent.events.n, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_member_that_can_be_removed_is_removed, forget_machine),
        cmocka_unit_test_teardown(with_a_third_voter_nothing_is_forced, forget_machine),
        cmocka_unit_test_teardown(the_last_of_two_starts_over_alone, forget_machine),
        cmocka_unit_test_teardown(an_interrupted_start_over_is_ended, forget_machine),
        cmocka_unit_test_teardown(what_is_not_healthy_in_time_is_said, forget_machine),
        cmocka_unit_test_teardown(the_member_that_is_not_healthy_is_named, forget_machine),
        cmocka_unit_test_teardown(tokens_of_joins_that_go_on_stay, forget_machine),
        cmocka_unit_test_teardown(tokens_of_joins_that_ended_go_and_certificates_last, forget_machine),
        cmocka_unit_test_teardown(a_master_of_another_cluster_mints_nothing, forget_machine),
        cmocka_unit_test_teardown(joiners_get_all_rights_or_no_ticket, forget_machine),
        cmocka_unit_test_teardown(a_stranger_at_the_vip_is_told_once, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
