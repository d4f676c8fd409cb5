/* SPDX-License-Identifier: Apache-2.0
 * Whose certificate a joiner gets: requests made by OpenSSL, as the API server shows them. */
#include "../../lib/test/testing.h"

#include "cleanup.h"
#include "decide/csr.h"
#include "json.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define EVENT                                                                                                          \
    "{\"type\":\"%s\",\"object\":{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"signerName\":\"kubernetes.io/"            \
    "%s\",\"username\":\"%s\",\"request\":\"%s\"},\"status\":%s}}"
#define SIGNER "kube-apiserver-client-kubelet"

struct part {
    const char *field, *value;
};

/* A PKCS #10 request with that subject, PEM in base64. */
static char *request_of(const struct part *parts, size_t n) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_REQ *request = X509_REQ_new();
    BIO *pem = BIO_new(BIO_s_mem());
    char *text;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), parts[i].field, MBSTRING_ASC,
                                                    (const unsigned char *)parts[i].value, -1, -1, 0),
                         1);
    assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
    assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(pem, request), 1);
    long length = BIO_get_mem_data(pem, &text);
    char *base64 = test_malloc((size_t)length * 2);
    EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)text, (int)length);
    BIO_free(pem);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    return base64;
}

static cJSON *event_of(const char *type, const char *name, const char *signer, const char *user, const char *request,
                       const char *status) {
    static char text[8192];
    struct error err = {0};
    cJSON *tree = NULL;
    int length = snprintf(text, sizeof(text), EVENT, type, name, signer, user, request, status);
    assert_int_equal(json_parse(text, (size_t)length, &tree, &err), 0);
    return tree;
}

static void host_is(const char *host, const struct part *parts, size_t n) {
    struct csr csr;
    cJSON *object;
    char *request = request_of(parts, n);
    cleanup_json cJSON *event = event_of("ADDED", "csr-x1", SIGNER, "system:bootstrap:abcdef", request, "{}");
    assert_true(csr_of_event(event, &csr, &object));
    assert_string_equal(csr.name, "csr-x1");
    assert_string_equal(csr.token, "abcdef");
    assert_string_equal(csr.host, host);
    test_free(request);
}
#define HOST_IS(HOST, ...)                                                                                             \
    host_is(HOST, (const struct part[]){__VA_ARGS__}, sizeof((const struct part[]){__VA_ARGS__}) / sizeof(struct part))

static void the_subject_names_one_node(void **state) {
    (void)state;
    HOST_IS("k8s-n1", {"O", "system:nodes"}, {"CN", "system:node:k8s-n1"});
    HOST_IS("k8s-n1", {"CN", "system:node:k8s-n1"}, {"O", "system:nodes"});
    HOST_IS("", {"CN", "system:node:k8s-n1"});
    HOST_IS("", {"O", "system:masters"}, {"CN", "system:node:k8s-n1"});
    HOST_IS("", {"O", "system:nodes"}, {"O", "system:masters"}, {"CN", "system:node:k8s-n1"});
    HOST_IS("", {"O", "system:nodes"}, {"CN", "system:node:k8s-n1"}, {"CN", "system:node:k8s-m1"});
    HOST_IS("", {"O", "system:nodes"}, {"CN", "system:node:k8s-n1"}, {"OU", "x"});
    HOST_IS("", {"O", "system:nodes"}, {"CN", "system:node:"});
    HOST_IS("", {"O", "system:nodes"}, {"CN", "kubernetes-admin"});
    HOST_IS("", {"O", "system:nodes"}, {"CN", "system:node:K8S-N1"});
    HOST_IS("", {"O", "system:nodes"}, {"CN", "system:node:../k8s"});
}

static void what_is_no_request_is_of_nobody(void **state) {
    (void)state;
    static const char *const bad[] = {"", "!", "QQ==", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct csr csr;
        cJSON *object;
        cleanup_json cJSON *event = event_of("ADDED", "csr-1", SIGNER, "system:bootstrap:abcdef", bad[i], "{}");
        assert_true(csr_of_event(event, &csr, &object));
        assert_string_equal(csr.host, "");
    }
}

static void others_requests_are_left_alone(void **state) {
    (void)state;
    static const char *const events[][5] = {
        {"DELETED", "csr-1", SIGNER, "system:bootstrap:abcdef", "{}"},
        {"BOOKMARK", "csr-1", SIGNER, "system:bootstrap:abcdef", "{}"},
        {"ADDED", "../../secrets", SIGNER, "system:bootstrap:abcdef", "{}"},
        {"ADDED", "", SIGNER, "system:bootstrap:abcdef", "{}"},
        {"ADDED", "csr-1", "kube-apiserver-client", "system:bootstrap:abcdef", "{}"},
        {"ADDED", "csr-1", SIGNER, "system:node:k8s-n1", "{}"},
        {"ADDED", "csr-1", SIGNER, "system:bootstrap:abcdefg", "{}"},
        {"ADDED", "csr-1", SIGNER, "system:bootstrap:abcde", "{}"},
        {"ADDED", "csr-1", SIGNER, "system:bootstrap:abcdef", "{\"conditions\":[{\"type\":\"Denied\"}]}"},
        {"ADDED", "csr-1", SIGNER, "system:bootstrap:abcdef", "{\"certificate\":\"LS0t\"}"},
    };
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        struct csr csr;
        cJSON *object;
        cleanup_json cJSON *event =
            event_of(events[i][0], events[i][1], events[i][2], events[i][3], "QQ==", events[i][4]);
        assert_false(csr_of_event(event, &csr, &object));
    }
}

static void a_token_is_for_one_machine(void **state) {
    (void)state;
    static const struct token tokens[] = {
        {.kind = TOKEN_FOREIGN, .id = "aaaaaa"},
        {.kind = TOKEN_TICKET, .id = "bbbbbb", .hostname = "k8s-n1"},
        {.kind = TOKEN_TICKET, .id = "cccccc", .hostname = ""},
    };
    enum { N = sizeof(tokens) / sizeof(tokens[0]) };
    assert_int_equal(csr_judge(&(struct csr){.token = "bbbbbb", .host = "k8s-n1"}, tokens, N), CSR_APPROVED);
    assert_int_equal(csr_judge(&(struct csr){.token = "bbbbbb", .host = "k8s-m1"}, tokens, N), CSR_DENIED);
    assert_int_equal(csr_judge(&(struct csr){.token = "bbbbbb", .host = ""}, tokens, N), CSR_DENIED);
    assert_int_equal(csr_judge(&(struct csr){.token = "cccccc", .host = ""}, tokens, N), CSR_DENIED);
    assert_int_equal(csr_judge(&(struct csr){.token = "aaaaaa", .host = "k8s-n1"}, tokens, N), CSR_NOT_OURS);
    assert_int_equal(csr_judge(&(struct csr){.token = "dddddd", .host = "k8s-n1"}, tokens, N), CSR_NOT_OURS);
}

static void the_verdict_is_a_condition(void **state) {
    (void)state;
    static const char text[] = "{\"metadata\":{\"name\":\"csr-1\"}}";
    struct csr csr = {.name = "csr-1", .host = "k8s-m1"};
    struct error err = {0};
    cleanup_json cJSON *object = NULL;
    assert_int_equal(json_parse(text, sizeof(text) - 1, &object, &err), 0);
    for (int approved = 0; approved < 2; approved++) {
        assert_int_equal(csr_decide(object, &csr, approved ? CSR_APPROVED : CSR_DENIED, &err), 0);
        const cJSON *conditions = cJSON_GetObjectItem(cJSON_GetObjectItem(object, "status"), "conditions");
        assert_int_equal(cJSON_GetArraySize(conditions), 1);
        assert_string_equal(cJSON_GetObjectItem(cJSON_GetArrayItem(conditions, 0), "type")->valuestring,
                            approved ? "Approved" : "Denied");
        assert_string_equal(cJSON_GetObjectItem(cJSON_GetArrayItem(conditions, 0), "status")->valuestring, "True");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_subject_names_one_node),     cmocka_unit_test(what_is_no_request_is_of_nobody),
        cmocka_unit_test(others_requests_are_left_alone), cmocka_unit_test(a_token_is_for_one_machine),
        cmocka_unit_test(the_verdict_is_a_condition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
