/* SPDX-License-Identifier: Apache-2.0
 * The bodies that machines send: every field of a good one, and the words for each one that is not. */
#include "sites.h"

#include "cleanup.h"
#include "server/decide/body.h"
#include <errno.h>

#define HEX_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASH "sha256:" HEX_64

static cJSON *tree_of(const char *text) {
    struct error err = {0};
    cJSON *tree = NULL;
    if (json_parse(text, strlen(text), &tree, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    return tree;
}

struct bad {
    const char *text, *message;
};

static void assert_refused(int result, const struct error *err, const struct bad *bad) {
    if (result == 0)
        fail_msg("%s is accepted", bad->text);
    assert_int_equal(err->errnum, EINVAL);
    assert_string_equal(err->message, bad->message);
}

static void events_are_read_whole(void **state) {
    (void)state;
    static struct event list[BODY_EVENTS_MAX];
    struct error err = {0};
    size_t n = 99;
    cleanup_json cJSON *tree = tree_of("{\"events\":[{\"step\":\"disk\",\"state\":\"running\",\"message\":\"sda\","
                                       "\"seconds\":1.5,\"at_ms\":7,\"bytes\":9,"
                                       "\"total\":10,\"wall_ms\":11,\"code\":\"SR-NEWER-1\",\"tail\":\"a\\nb\"},"
                                       "{\"step\":\"a\",\"state\":\"ready\"}]}"),
                       *none = tree_of("{\"events\":[]}");
    assert_int_equal(body_read_events(tree, "k8s-n1", 42, list, &n, &err), 0);
    assert_int_equal(n, 2);
    assert_string_equal(list[0].hostname, "k8s-n1");
    assert_string_equal(list[0].step, "disk");
    assert_string_equal(list[0].state, "running");
    assert_string_equal(list[0].message, "sda");
    assert_true(list[0].seconds == 1.5);
    assert_int_equal(list[0].at_ms, 7);
    assert_int_equal(list[0].bytes, 9);
    assert_int_equal(list[0].received_ms, 42);
    assert_int_equal(list[0].total, 10);
    assert_int_equal(list[0].wall_ms, 11);
    assert_string_equal(list[0].code, "SR-NEWER-1"); /* whether this server knows it or not */
    assert_string_equal(list[0].tail, "a\nb");
    assert_string_equal(list[1].message, "");
    assert_true(list[1].seconds == 0);
    assert_int_equal(list[1].at_ms, 0);
    assert_int_equal(list[1].bytes, -1); /* not said */
    assert_int_equal(list[1].total, -1);
    assert_string_equal(list[1].code, "");
    assert_string_equal(list[1].tail, "");
    assert_int_equal(body_read_events(none, "k8s-n1", 42, list, &n, &err), 0);
    assert_int_equal(n, 0);
}

static void events_are_bounded(void **state) {
    (void)state;
    static struct event list[BODY_EVENTS_MAX];
    static const struct bad bad[] = {
        {"{}", "field `events` is not an array of at most 64 events"},
        {"{\"events\":{}}", "field `events` is not an array of at most 64 events"},
        {"{\"events\":[5]}", "event 0: the body is not a JSON object"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"ready\"},{\"state\":\"ready\"}]}",
         "event 1: field `step` is missing"},
        {"{\"events\":[{\"step\":\"abcdefghijklmnopqrstuvwxyz0123456\",\"state\":\"ready\"}]}",
         "event 0: field `step` has 33 bytes; 1 to 32 are accepted"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"begun\"}]}",
         "event 0: field `state`: `begun` is none of waiting, running, done, failed, ready"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"ready\",\"seconds\":-1}]}",
         "event 0: field `seconds` is not a number of 0 to 1e9"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"ready\",\"seconds\":1e9}]}",
         "event 0: field `seconds` is not a number of 0 to 1e9"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"ready\",\"seconds\":\"1\"}]}",
         "event 0: field `seconds` is not a number of 0 to 1e9"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"ready\",\"at_ms\":0.5}]}",
         "event 0: field `at_ms` is not a whole number up to 4503599627370496"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"ready\",\"bytes\":-1}]}",
         "event 0: field `bytes` is not a whole number up to 4503599627370496"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"ready\",\"total\":-1}]}",
         "event 0: field `total` is not a whole number up to 4503599627370496"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"ready\",\"wall_ms\":\"1\"}]}",
         "event 0: field `wall_ms` is not a whole number up to 4503599627370496"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"ready\",\"code\":\"sr-link\"}]}",
         "event 0: field `code` is not SR- and 1 to 24 of A-Z, 0-9 and -"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"ready\",\"code\":5}]}", "event 0: field `code` is not a string"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"ready\",\"tail\":5}]}", "event 0: field `tail` is not a string"},
        {"{\"events\":[{\"step\":\"a\",\"state\":\"ready\",\"byte\":1}]}", "event 0: field `byte` is not known here"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err = {0};
        size_t n = 99;
        cleanup_json cJSON *tree = tree_of(bad[i].text);
        assert_refused(body_read_events(tree, "k8s-n1", 42, list, &n, &err), &err, &bad[i]);
        assert_int_equal(n, 99);
    }
    for (int count = BODY_EVENTS_MAX; count <= BODY_EVENTS_MAX + 1; count++) {
        struct error err = {0};
        size_t n = 99;
        cleanup_buf struct buf text = BUF_INIT(1 << 16);
        buf_adds(&text, "{\"events\":[");
        for (int i = 0; i < count; i++)
            buf_addf(&text, "%s{\"step\":\"a\",\"state\":\"done\"}", i ? "," : "");
        buf_adds(&text, "]}");
        cleanup_json cJSON *tree = tree_of(buf_text(&text));
        assert_int_equal(body_read_events(tree, "k8s-n1", 42, list, &n, &err), count == BODY_EVENTS_MAX ? 0 : -1);
        assert_int_equal(n, count == BODY_EVENTS_MAX ? BODY_EVENTS_MAX : 99);
    }
}

static void a_grant_has_its_numbers(void **state) {
    (void)state;
    static const struct bad bad[] = {
        {"{\"token\":2}", "field `epoch` is missing"},
        {"{\"epoch\":1}", "field `token` is missing"},
        {"{\"epoch\":1,\"token\":\"2\"}", "field `token` is not a whole number up to 4503599627370496"},
        {"{\"epoch\":4503599627370497,\"token\":2}", "field `epoch` is not a whole number up to 4503599627370496"},
    };
    struct error err = {0};
    struct record_event begin = {.type = RECORD_BEGIN}, reserve = {.type = RECORD_RESERVE, .epoch = 9, .token = 9};
    cleanup_json cJSON *tree = tree_of("{\"epoch\":1,\"token\":2,\"ca_hash\":\"x\"}"), *empty = tree_of("{}");
    assert_int_equal(body_read_grant(tree, &begin, &err), 0);
    assert_int_equal(begin.epoch, 1);
    assert_int_equal(begin.token, 2);
    assert_null(begin.ca_hash); /* commit's alone */
    assert_int_equal(body_read_grant(empty, &reserve, &err), 0);
    assert_int_equal(reserve.epoch, 0);
    assert_int_equal(reserve.token, 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cleanup_json cJSON *wrong = tree_of(bad[i].text);
        assert_refused(body_read_grant(wrong, &begin, &err), &err, &bad[i]);
    }
}

static void a_commit_has_the_hash_of_a_ca(void **state) {
    (void)state;
    static const struct bad bad[] = {
        {"{\"epoch\":1,\"token\":2}", "field `ca_hash` is missing"},
        {"{\"epoch\":1,\"token\":2,\"ca_hash\":null}", "field `ca_hash` is not a string"},
        {"{\"epoch\":1,\"token\":2,\"ca_hash\":\"" HEX_64 "\"}",
         "field `ca_hash` is not sha256:<64 lower-case hex digits>"},
        {"{\"epoch\":1,\"token\":2,\"ca_hash\":\"" HASH "0\"}",
         "field `ca_hash` is not sha256:<64 lower-case hex digits>"},
    };
    struct error err = {0};
    struct record_event commit = {.type = RECORD_COMMIT};
    cleanup_json cJSON *tree = tree_of("{\"epoch\":1,\"token\":2,\"ca_hash\":\"" HASH "\"}");
    assert_int_equal(body_read_grant(tree, &commit, &err), 0);
    assert_string_equal(commit.ca_hash, HASH);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cleanup_json cJSON *wrong = tree_of(bad[i].text);
        assert_refused(body_read_grant(wrong, &commit, &err), &err, &bad[i]);
    }
}

static void what_was_seen_is_a_witness(void **state) {
    (void)state;
    static const struct bad bad[] = {
        {"{\"seen\":5}", "field `seen`: the body is not a JSON object"},
        {"{\"seen\":{\"epoch\":1}}", "field `seen`: field `token` is missing"},
        {"{\"seen\":{\"epoch\":4503599627370497,\"token\":0}}",
         "field `seen`: field `epoch` is not a whole number up to 4503599627370496"},
        {"{\"seen\":{\"epoch\":1,\"token\":2,\"holder\":\"x\"}}", "field `seen`: field `holder` is not known here"},
        {"{\"seen\":{\"epoch\":1,\"token\":2,\"ca_hash\":\"x\"}}",
         "field `seen`: field `ca_hash` is neither null nor sha256:<64 hex digits>"},
        {"{\"seen\":{\"epoch\":1,\"token\":2,\"ca_hash\":3}}",
         "field `seen`: field `ca_hash` is neither null nor sha256:<64 hex digits>"},
    };
    struct error err = {0};
    struct record_event seen;
    bool given;
    cleanup_json cJSON *tree = tree_of("{\"seen\":{\"epoch\":3,\"token\":4,\"ca_hash\":\"" HASH "\"}}"),
                       *unborn = tree_of("{\"seen\":{\"epoch\":3,\"token\":0,\"ca_hash\":null}}"),
                       *absent = tree_of("{}"), *null = tree_of("{\"seen\":null}");
    assert_int_equal(body_read_seen(tree, &seen, &given, &err), 0);
    assert_true(given);
    assert_int_equal(seen.type, RECORD_WITNESS);
    assert_int_equal(seen.epoch, 3);
    assert_int_equal(seen.token, 4);
    assert_string_equal(seen.ca_hash, HASH);
    assert_int_equal(body_read_seen(unborn, &seen, &given, &err), 0);
    assert_true(given);
    assert_null(seen.ca_hash);
    assert_int_equal(body_read_seen(absent, &seen, &given, &err), 0);
    assert_false(given);
    assert_int_equal(body_read_seen(null, &seen, &given, &err), 0);
    assert_false(given);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cleanup_json cJSON *wrong = tree_of(bad[i].text);
        assert_refused(body_read_seen(wrong, &seen, &given, &err), &err, &bad[i]);
    }
}

#define TEN "0,1,2,3,4,5,6,7,8,9,"
#define CLAIM(macs)                                                                                                    \
    "{\"macs\":" macs ",\"uuid\":\"4C4C4544-0042-3510-8052-B4C04F4E4D32\",\"serial\":\"S1\",\"key\":\"" HEX_64 "\"}"
#define M1 "52:54:00:84:00:11"
#define N1 "52:54:00:84:00:21"

static void a_claim_finds_its_node(void **state) {
    (void)state;
    struct error err = {0};
    struct body_claim claim;
    cleanup_site struct site *site = site_from("configs/seven-nodes/site.json");
    cleanup_json cJSON *one = tree_of(CLAIM("[\"AA:bb:cc:00:00:01\",\"" N1 "\"]")),
                       *stranger = tree_of(CLAIM("[\"aa:bb:cc:00:00:01\"]")),
                       *both = tree_of(CLAIM("[\"" M1 "\",\"" N1 "\"]")),
                       *twice = tree_of(CLAIM("[\"" M1 "\",\"" M1 "\"]"));
    assert_int_equal(body_read_claim(one, site, &claim, &err), 0);
    assert_non_null(claim.node);
    assert_string_equal(claim.node->hostname, "k8s-n1");
    assert_string_equal(claim.claim.mac, N1);
    assert_string_equal(claim.first_mac, "aa:bb:cc:00:00:01");
    assert_string_equal(claim.claim.uuid, "4c4c4544-0042-3510-8052-b4c04f4e4d32");
    assert_string_equal(claim.claim.serial, "S1");
    assert_string_equal(claim.claim.key, HEX_64);
    assert_false(claim.ambiguous);
    assert_int_equal(body_read_claim(stranger, site, &claim, &err), 0);
    assert_null(claim.node);
    assert_string_equal(claim.claim.mac, "");
    assert_int_equal(body_read_claim(both, site, &claim, &err), 0);
    assert_true(claim.ambiguous);
    assert_int_equal(body_read_claim(twice, site, &claim, &err), 0);
    assert_false(claim.ambiguous);
}

static void a_malformed_claim_is_refused(void **state) {
    (void)state;
    static const struct bad bad[] = {
        {CLAIM("[]"), "field `macs` is not an array of 1 to 128 MAC addresses"},
        {CLAIM("\"" M1 "\""), "field `macs` is not an array of 1 to 128 MAC addresses"},
        {CLAIM("[" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "1,2,3,4,5,6,7,8,9]"),
         "field `macs` is not an array of 1 to 128 MAC addresses"},
        {CLAIM("[\"" M1 "\",5]"), "field `macs`: `?` is not a MAC address"},
        {CLAIM("[\"52-54-00-84-00-11\"]"), "field `macs`: `52-54-00-84-00-11` is not a MAC address"},
        {"{\"macs\":[\"" M1 "\"],\"key\":\"abc\"}", "field `key` has 3 bytes; 64 to 64 are accepted"},
        {"{\"macs\":[\"" M1 "\"]}", "field `key` is missing"},
        {"{\"macs\":[\"" M1 "\"],\"key\":\"" HEX_64 "\",\"uuid\":\"" HEX_64 "0\"}",
         "field `uuid` has 65 bytes; 0 to 64 are accepted"},
        {"{\"macs\":[\"" M1 "\"],\"key\":\"" HEX_64 "\",\"serial\":7}", "field `serial` is not a string"},
        {"{\"macs\":[\"" M1 "\"],\"key\":\"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\"}",
         "field `key` is not 64 lower-case hex digits"},
    };
    cleanup_site struct site *site = site_from("configs/seven-nodes/site.json");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err = {0};
        struct body_claim claim;
        cleanup_json cJSON *tree = tree_of(bad[i].text);
        assert_refused(body_read_claim(tree, site, &claim, &err), &err, &bad[i]);
    }
}

static void minted_is_a_token_or_the_reason_why_not(void **state) {
    (void)state;
    static const struct bad bad[] = {
        {"{}", "either `token` or `error` is wanted"},
        {"{\"token\":\"\"}", "either `token` or `error` is wanted"},
        {"{\"token\":\"t\",\"error\":\"\"}", "either `token` or `error` is wanted"},
        {"{\"error\":\"e\",\"certificate_key\":\"k\"}", "either `token` or `error` is wanted"},
        {"{\"certificate_key\":\"k\"}", "either `token` or `error` is wanted"},
        {"{\"token\":5}", "field `token` is not a string"},
        {"{\"token\":\"" HEX_64 "0\"}", "field `token` has 65 bytes; 0 to 64 are accepted"},
        {"{\"token\":\"t\",\"certificate_key\":\"" HEX_64 "0\"}",
         "field `certificate_key` has 65 bytes; 0 to 64 are accepted"},
    };
    struct error err = {0};
    struct body_minted minted;
    cleanup_json cJSON *worker = tree_of("{\"token\":\"t\"}"),
                       *master = tree_of("{\"token\":\"t\",\"certificate_key\":\"k\"}"),
                       *failed = tree_of("{\"error\":\"no quorum\"}");
    assert_int_equal(body_read_minted(worker, &minted, &err), 0);
    assert_string_equal(minted.token, "t");
    assert_null(minted.certificate_key);
    assert_null(minted.problem);
    assert_int_equal(body_read_minted(master, &minted, &err), 0);
    assert_string_equal(minted.certificate_key, "k");
    assert_int_equal(body_read_minted(failed, &minted, &err), 0);
    assert_null(minted.token);
    assert_string_equal(minted.problem, "no quorum");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cleanup_json cJSON *wrong = tree_of(bad[i].text);
        assert_refused(body_read_minted(wrong, &minted, &err), &err, &bad[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_read_whole),        cmocka_unit_test(events_are_bounded),
        cmocka_unit_test(a_grant_has_its_numbers),      cmocka_unit_test(a_commit_has_the_hash_of_a_ca),
        cmocka_unit_test(what_was_seen_is_a_witness),   cmocka_unit_test(a_claim_finds_its_node),
        cmocka_unit_test(a_malformed_claim_is_refused), cmocka_unit_test(minted_is_a_token_or_the_reason_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
