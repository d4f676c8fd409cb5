/* SPDX-License-Identifier: Apache-2.0
 * Bootstrap tokens as the API server lists them: whose each one is, and that no other name can become the path of a
 * DELETE. */
#include "../../lib/test/testing.h"

#include "cleanup.h"
#include "json.h"
#include "decide/token.h"
#include <errno.h>
#include <string.h>

#define TICKET "0123456789abcdef0123456789abcdef"
#define LIST(items) "{\"kind\":\"SecretList\",\"items\":[" items "]}"
#define SECRET(id, description)                                                                                        \
    "{\"metadata\":{\"name\":\"bootstrap-token-" id "\"},\"data\":{\"description\":\"" description "\"}}"

static struct token tokens[TOKENS_MAX];

static size_t count_of(const char *text) {
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    size_t count = 99;
    assert_int_equal(json_parse(text, strlen(text), &tree, &err), 0);
    if (token_list(tree, tokens, &count, &err) < 0)
        fail_msg("%s", err.message);
    return count;
}

/* Tokens abcde0, abcde1, …, each with one of these descriptions, in base64 as the API server has them. */
static size_t count_of_described(const char *const *descriptions) {
    cleanup_buf struct buf text = BUF_INIT(1 << 16);
    buf_adds(&text, "{\"kind\":\"SecretList\",\"items\":[");
    for (size_t i = 0; descriptions[i]; i++)
        buf_addf(&text, "%s" SECRET("abcde%zu", "%s"), i ? "," : "", i, descriptions[i]);
    buf_adds(&text, "]}");
    return count_of(buf_text(&text));
}

static void each_is_known_by_its_description(void **state) {
    (void)state;
    static const char *const descriptions[] = {
        /* seedrack join ticket 0123456789abcdef0123456789abcdef of k8s-n1 */
        "c2VlZHJhY2sgam9pbiB0aWNrZXQgMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYgb2YgazhzLW4x",
        "VGhlIGRlZmF1bHQgYm9vdHN0cmFwIHRva2VuIGdlbmVyYXRlZCBieSAna3ViZWFkbSBpbml0Jy4=",
        "UHJveHkgZm9yIG1hbmFnaW5nIFRUTCBmb3IgdGhlIGt1YmVhZG0tY2VydHMgc2VjcmV0",
        "bXkgb3du",
        NULL,
    };
    static const enum token_kind kinds[] = {TOKEN_TICKET, TOKEN_INIT, TOKEN_CERTS, TOKEN_FOREIGN};
    assert_int_equal(count_of_described(descriptions), 4);
    for (size_t i = 0; i < 4; i++) {
        char id[] = "abcde0";
        id[5] = (char)('0' + i);
        assert_string_equal(tokens[i].id, id);
        assert_int_equal(tokens[i].kind, kinds[i]);
        assert_string_equal(tokens[i].ticket, i == 0 ? TICKET : "");
        assert_string_equal(tokens[i].hostname, i == 0 ? "k8s-n1" : "");
    }
}

static void without_a_description_it_is_foreign(void **state) {
    (void)state;
    assert_int_equal(count_of(LIST("{\"metadata\":{\"name\":\"bootstrap-token-abcde4\"}}")), 1);
    assert_string_equal(tokens[0].id, "abcde4");
    assert_int_equal(tokens[0].kind, TOKEN_FOREIGN);
    assert_string_equal(tokens[0].ticket, "");
    assert_string_equal(tokens[0].hostname, "");
}

static void what_almost_is_a_ticket_is_foreign(void **state) {
    (void)state;
    static const char *const descriptions[] = {
        /* the id: a digit less, a digit more, a capital; nothing behind it; the words of kubeadm with one more */
        "c2VlZHJhY2sgam9pbiB0aWNrZXQgMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZiBvZiBrOHMtbjE=",
        "c2VlZHJhY2sgam9pbiB0aWNrZXQgMDAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmIG9mIGs4cy1uMQ==",
        "c2VlZHJhY2sgam9pbiB0aWNrZXQgQTEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYgb2YgazhzLW4x",
        "c2VlZHJhY2sgam9pbiB0aWNrZXQgMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "UHJveHkgZm9yIG1hbmFnaW5nIFRUTCBmb3IgdGhlIGt1YmVhZG0tY2VydHMgc2VjcmV0Lg==",
        "*",
        "",
        NULL,
    };
    assert_int_equal(count_of_described(descriptions), 7);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(tokens[i].kind, TOKEN_FOREIGN);
}

static void names_of_no_token_are_left_out(void **state) {
    (void)state;
    assert_int_equal(
        count_of(LIST(SECRET("abcde", "") "," SECRET("abcdefg", "") "," SECRET("ABCDEF", "") "," SECRET(
            "../../", "") "," SECRET("abc?ef", "") ",{},5,"
                                                   "{\"metadata\":{\"name\":\"kubeadm-certs\"}},{\"metadata\":{"
                                                   "\"name\":7}},{\"metadata\":{\"name\":\"bootstrap-\"}}")),
        0);
    assert_int_equal(count_of("{\"kind\":\"SecretList\",\"items\":[]}"), 0);
    assert_int_equal(count_of("{\"kind\":\"SecretList\",\"items\":null}"), 0); /* Go's empty list */
}

static void more_than_fit_wait_for_the_next_look(void **state) {
    (void)state;
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    buf_adds(&text, "{\"kind\":\"SecretList\",\"items\":[");
    for (unsigned i = 0; i < TOKENS_MAX + 5; i++)
        buf_addf(&text, "%s" SECRET("%06u", ""), i ? "," : "", i);
    buf_adds(&text, "]}");
    assert_int_equal(count_of(buf_text(&text)), TOKENS_MAX);
    assert_string_equal(tokens[TOKENS_MAX - 1].id, "001023");
}

static void no_list_is_an_error(void **state) {
    (void)state;
    static const char *const texts[] = {"{}",
                                        "[]",
                                        "5",
                                        "{\"kind\":\"Status\",\"items\":[]}",
                                        "{\"kind\":\"SecretList\"}",
                                        "{\"kind\":\"SecretList\",\"items\":{}}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        cleanup_json cJSON *tree = NULL;
        struct error err = {0};
        size_t count = 99;
        assert_int_equal(json_parse(texts[i], strlen(texts[i]), &tree, &err), 0);
        assert_int_equal(token_list(tree, tokens, &count, &err), -1);
        assert_int_equal(err.errnum, EPROTO);
        assert_string_equal(err.message, "no SecretList");
        assert_int_equal(count, 99);
    }
}

static void a_ticket_is_described_as_it_is_read(void **state) {
    (void)state;
    char description[TOKEN_DESCRIPTION_SIZE];
    token_describe(TICKET, "k8s-n1", description);
    assert_string_equal(description, "seedrack join ticket " TICKET " of k8s-n1");
    token_describe(TICKET, "a23456789012345678901234567890123456789012345678901234567890123",
                   description); /* the longest DNS label */
    assert_int_equal(strlen(description), 21 + 32 + 4 + 63);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_known_by_its_description),     cmocka_unit_test(without_a_description_it_is_foreign),
        cmocka_unit_test(what_almost_is_a_ticket_is_foreign),   cmocka_unit_test(names_of_no_token_are_left_out),
        cmocka_unit_test(more_than_fit_wait_for_the_next_look), cmocka_unit_test(no_list_is_an_error),
        cmocka_unit_test(a_ticket_is_described_as_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
