/* SPDX-License-Identifier: Apache-2.0
 * The seed's answers: what is taken from a good one, and that nothing is from one whose texts have another shape. */
#include "../../lib/test/testing.h"

#include "decide/answer.h"
#include "cleanup.h"
#include "json.h"
#include <errno.h>
#include <string.h>

#define HEX_16 "0123456789abcdef"
#define ID HEX_16 HEX_16
#define HEX_64 ID ID
#define TICKET(token, hash, rest) "{\"token\":\"" token "\",\"ca_hash\":\"" hash "\"" rest "}"
#define GOOD_TOKEN "abcdef." HEX_16
#define GOOD_HASH "sha256:" HEX_64
#define GOOD_KEY ",\"certificate_key\":\"" HEX_64 "\""

static cJSON *tree_of(const char *text) {
    struct error err = {0};
    cJSON *tree = NULL;
    if (json_parse(text, strlen(text), &tree, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    return tree;
}

static void assert_refused(int result, const struct error *err, const char *message) {
    assert_int_equal(result, -1);
    assert_int_equal(err->errnum, EPROTO);
    assert_string_equal(err->message, message);
}

static void a_claim_and_a_ticket_are_32_hex_digits(void **state) {
    (void)state;
    static const char *const bad[] = {"{}",
                                      "[]",
                                      "5",
                                      "{\"claim\":5,\"id\":null}",
                                      "{\"claim\":\"\",\"id\":\"\"}",
                                      "{\"claim\":\"" HEX_16 "\",\"id\":\"" HEX_16 "\"}",
                                      "{\"claim\":\"" ID "0\",\"id\":\"" ID "0\"}",
                                      "{\"claim\":\"" HEX_16 "0123456789ABCDEF\",\"id\":\"" HEX_16
                                      "0123456789abcde/\"}",
                                      "{\"Claim\":\"" ID "\",\"ID\":\"" ID "\"}"};
    struct error err = {0};
    char text[ANSWER_ID_SIZE] = "kept";
    cleanup_json cJSON *good = tree_of("{\"claim\":\"" ID "\",\"id\":\"" HEX_64 "\"}");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cleanup_json cJSON *tree = tree_of(bad[i]);
        assert_refused(answer_claim(tree, text, &err), &err, "/claim: not 32 hex digits");
        assert_refused(answer_ticket_id(tree, text, &err), &err, "/id: not 32 hex digits");
        assert_string_equal(text, "kept");
    }
    assert_int_equal(answer_claim(good, text, &err), 0);
    assert_string_equal(text, ID);
    assert_refused(answer_ticket_id(good, text, &err), &err, "/id: not 32 hex digits");
}

static void a_ticket_is_what_kubeadm_joins_with(void **state) {
    (void)state;
    struct error err = {0};
    struct render_ticket ticket;
    cleanup_json cJSON *worker = tree_of(TICKET(GOOD_TOKEN, GOOD_HASH, "")),
                       *master = tree_of(TICKET(GOOD_TOKEN, GOOD_HASH, GOOD_KEY));
    assert_int_equal(answer_ticket(worker, false, &ticket, &err), 0);
    assert_string_equal(ticket.token, GOOD_TOKEN);
    assert_string_equal(ticket.ca_hash, GOOD_HASH);
    assert_null(ticket.certificate_key);
    assert_int_equal(answer_ticket(master, true, &ticket, &err), 0);
    assert_string_equal(ticket.certificate_key, HEX_64);
    assert_int_equal(answer_ticket(master, false, &ticket, &err), 0);
    assert_null(ticket.certificate_key); /* a worker has no use for it */
    assert_refused(answer_ticket(worker, true, &ticket, &err), &err,
                   "join ticket: /token, /ca_hash or /certificate_key is missing or malformed");
}

static void a_malformed_ticket_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "{}",
        TICKET("abcdef-" HEX_16, GOOD_HASH, GOOD_KEY),
        TICKET("abcde." HEX_16, GOOD_HASH, GOOD_KEY),
        TICKET("abcdef." HEX_16 "0", GOOD_HASH, GOOD_KEY),
        TICKET("ABCDEF." HEX_16, GOOD_HASH, GOOD_KEY),
        TICKET("abcdef.0123456789abcde\\\"", GOOD_HASH, GOOD_KEY),
        TICKET(GOOD_TOKEN, HEX_64, GOOD_KEY),
        TICKET(GOOD_TOKEN, "sha512:" HEX_64, GOOD_KEY),
        TICKET(GOOD_TOKEN, "sha256:" ID, GOOD_KEY),
        TICKET(GOOD_TOKEN, "sha256:" HEX_64 "0", GOOD_KEY),
        TICKET(GOOD_TOKEN, GOOD_HASH, ",\"certificate_key\":\"" ID "\""),
        TICKET(GOOD_TOKEN, GOOD_HASH, ",\"certificate_key\":5"),
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err = {0};
        struct render_ticket ticket = {.token = "kept"};
        cleanup_json cJSON *tree = tree_of(bad[i]);
        assert_refused(answer_ticket(tree, true, &ticket, &err), &err,
                       "join ticket: /token, /ca_hash or /certificate_key is missing or malformed");
        assert_string_equal(ticket.token, "kept");
    }
}

static void passwords_fit_where_they_go(void **state) {
    (void)state;
    static const char *const bad[] = {
        "{}",
        "{\"vrrp_password\":\"abcd2345\"}",
        "{\"vrrp_password\":\"abcd23456\",\"stats_auth\":\"a:b\"}",
        "{\"vrrp_password\":\"ab\\\"\",\"stats_auth\":\"a:b\"}",
        "{\"vrrp_password\":\"abcd2345\",\"stats_auth\":\"ab\"}",
        "{\"vrrp_password\":\"abcd2345\",\"stats_auth\":\"a:b\\nglobal\"}",
        "{\"vrrp_password\":8,\"stats_auth\":\"a:b\"}",
    };
    struct error err = {0};
    struct render_passwords passwords = {0};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cleanup_json cJSON *tree = tree_of(bad[i]);
        assert_refused(answer_passwords(tree, &passwords, &err), &err,
                       "/vrrp_password or /stats_auth is missing or malformed");
        assert_string_equal(passwords.vrrp, "");
    }
    cleanup_json cJSON *good = tree_of("{\"vrrp_password\":\"abcd2345\",\"stats_auth\":\"seedrack:x.y\"}");
    assert_int_equal(answer_passwords(good, &passwords, &err), 0);
    assert_string_equal(passwords.vrrp, "abcd2345");
    assert_string_equal(passwords.stats_auth, "seedrack:x.y");
}

static void a_request_says_for_whom(void **state) {
    (void)state;
    struct error err = {0};
    struct answer_pending pending;
    cleanup_json cJSON *master = tree_of("{\"id\":\"" ID "\",\"hostname\":\"k8s-m2\",\"kind\":\"master\"}"),
                       *worker = tree_of("{\"id\":\"" ID "\",\"hostname\":\"k8s-n1\",\"kind\":\"worker\"}");
    assert_int_equal(answer_pending(master, &pending, &err), 0);
    assert_string_equal(pending.id, ID);
    assert_string_equal(pending.hostname, "k8s-m2");
    assert_true(pending.master);
    assert_string_equal(pending.ca_hash, "");
    assert_int_equal(answer_pending(worker, &pending, &err), 0);
    assert_string_equal(pending.hostname, "k8s-n1");
    assert_false(pending.master);
}

static void a_malformed_request_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"{\"hostname\":\"k8s-n1\",\"kind\":\"worker\"}", "/id: not 32 hex digits"},
        {"{\"id\":\"" ID "\",\"kind\":\"worker\"}", "/hostname: not a host name"},
        {"{\"id\":\"" ID "\",\"hostname\":\"../n1\",\"kind\":\"worker\"}", "/hostname: not a host name"},
        {"{\"id\":\"" ID "\",\"hostname\":\"n1?a=b\",\"kind\":\"worker\"}", "/hostname: not a host name"},
        {"{\"id\":\"" ID "\",\"hostname\":\"k8s-n1\"}", "/kind: neither master nor worker"},
        {"{\"id\":\"" ID "\",\"hostname\":\"k8s-n1\",\"kind\":\"Master\"}", "/kind: neither master nor worker"},
        {"{\"id\":\"" ID "\",\"hostname\":\"k8s-n1\",\"kind\":\"worker\",\"ca_hash\":\"x\"}",
         "/ca_hash: not sha256: and 64 hex digits"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err = {0};
        struct answer_pending pending = {.hostname = "kept"};
        cleanup_json cJSON *tree = tree_of(bad[i].text);
        assert_refused(answer_pending(tree, &pending, &err), &err, bad[i].message);
        assert_string_equal(pending.hostname, "kept");
    }
}

static void a_ticket_ends_done_or_void(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool ended;
    } good[] = {{"{\"state\":\"waiting\"}", false}, {"{\"state\":\"assigned\"}", false},
                {"{\"state\":\"minted\"}", false},  {"{\"state\":\"delivered\"}", false},
                {"{\"state\":\"done\"}", true},     {"{\"state\":\"void\"}", true}};
    static const char *const bad[] = {"{}", "{\"state\":\"free\"}", "{\"state\":\"\"}", "{\"state\":\"DONE\"}",
                                      "{\"state\":4}"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct error err = {0};
        bool ended = !good[i].ended;
        cleanup_json cJSON *tree = tree_of(good[i].text);
        assert_int_equal(answer_ticket_state(tree, &ended, &err), 0);
        assert_int_equal(ended, good[i].ended);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]);
         i++) { /* a token is not deleted for a word that nobody knows */
        struct error err = {0};
        bool ended = false;
        cleanup_json cJSON *tree = tree_of(bad[i]);
        assert_refused(answer_ticket_state(tree, &ended, &err), &err, "/state: no state of a ticket");
        assert_false(ended);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claim_and_a_ticket_are_32_hex_digits),
        cmocka_unit_test(a_ticket_is_what_kubeadm_joins_with),
        cmocka_unit_test(a_malformed_ticket_is_refused),
        cmocka_unit_test(passwords_fit_where_they_go),
        cmocka_unit_test(a_request_says_for_whom),
        cmocka_unit_test(a_malformed_request_is_refused),
        cmocka_unit_test(a_ticket_ends_done_or_void),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
