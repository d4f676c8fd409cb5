/* SPDX-License-Identifier: Apache-2.0
 * A claim that the seed forgot is made anew in one place, once a call, and its refusal never reads as the call's. */
#include "../../lib/test/testing.h"

#include "seed/claim.h"
#include "seed/request.h"
#include <errno.h>
#include <string.h>

static long statuses[4]; /* of the requests to come */
static unsigned n_requests, n_claims, n_keeps;
static int claim_errnum;

int __wrap_seed_request(struct seed_client *client, const char *method, const char *path,
                        const struct http_options *options, struct http_reply *reply, struct error *err);
int __wrap_seed_request(struct seed_client *client, const char *method, const char *path,
                        const struct http_options *options, struct http_reply *reply, struct error *err) {
    (void)method;
    (void)path;
    (void)options;
    assert_true(client->claim[0] != '\0');
    reply->status = statuses[n_requests++];
    return reply->status ? 0 : error_set(err, ETIMEDOUT, "seed: no answer");
}

int __wrap_claim_make(struct seed_client *client, struct error *err);
int __wrap_claim_make(struct seed_client *client, struct error *err) {
    n_claims++;
    client->claim[0] = '\0'; /* as the real one does before it asks */
    if (claim_errnum)
        return error_set(err, claim_errnum, "seed: POST /v1/claim: no");
    snprintf(client->claim, sizeof(client->claim), "new");
    return 0;
}

int __wrap_claim_keep(struct seed_client *client, struct error *err);
int __wrap_claim_keep(struct seed_client *client, struct error *err) {
    n_keeps++;
    return client->claim[0] ? 0 : error_set(err, EEXIST, "no claim");
}

static int call(const char *claim, struct error *err, long first, long second) {
    struct seed_client client = {0};
    snprintf(client.claim, sizeof(client.claim), "%s", claim);
    statuses[0] = first;
    statuses[1] = second;
    n_requests = n_claims = n_keeps = 0;
    return seed_call(&client, "POST", "/v1/bootstrap/reserve", NULL, 5, NULL, NULL, err);
}

static void a_known_claim_is_not_made_again(void **state) {
    (void)state;
    struct error err = {0};
    claim_errnum = 0;
    assert_int_equal(call("old", &err, 200, 0), 0);
    assert_int_equal(n_requests, 1);
    assert_int_equal(n_claims, 0);
    assert_int_equal(call("old", &err, 409, 0), -1);
    assert_int_equal(err.errnum, EEXIST);
    assert_int_equal(n_claims, 0);
}

static void a_forgotten_claim_is_made_again_and_the_call_repeated(void **state) {
    (void)state;
    struct error err = {0};
    claim_errnum = 0;
    assert_int_equal(call("old", &err, 401, 200), 0);
    assert_int_equal(n_requests, 2);
    assert_int_equal(n_claims, 1);
    assert_int_equal(n_keeps, 1); /* the machine stands on its own root: no other key may take the name */
    assert_int_equal(call("", &err, 200, 0), 0); /* an offline machine came this far without one */
    assert_int_equal(n_requests, 1);
    assert_int_equal(n_claims, 1);
}

static void it_is_made_once_a_call(void **state) {
    (void)state;
    struct error err = {0};
    claim_errnum = 0;
    assert_int_equal(call("old", &err, 401, 401), -1);
    assert_int_equal(err.errnum, EACCES);
    assert_int_equal(n_claims, 1);
    assert_int_equal(call("", &err, 401, 200), -1);
    assert_int_equal(n_claims, 1);
    assert_int_equal(n_requests, 1);
}

/* EEXIST would read as "another machine holds the record", ENOENT as "no such ticket". */
static void who_only_looks_claims_nothing(void **state) {
    (void)state;
    struct error err = {0};
    struct seed_client client = {.looks_only = true, .claim = "old"};
    statuses[0] = 401;
    n_requests = n_claims = 0;
    assert_int_equal(seed_call(&client, "GET", "/v1/passwords", NULL, 5, NULL, NULL, &err), -1);
    assert_int_equal(err.errnum, EACCES);
    assert_int_equal(n_requests, 1);
    assert_int_equal(n_claims, 0);
}

static void a_refused_claim_is_no_answer_to_the_call(void **state) {
    (void)state;
    static const int refusals[] = {EEXIST, ENOENT, EAGAIN};
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct error err = {0};
        claim_errnum = refusals[i];
        assert_int_equal(call("old", &err, 401, 200), -1);
        assert_int_equal(err.errnum, EACCES);
        assert_string_equal(err.message, "claim: seed: POST /v1/claim: no");
        assert_int_equal(n_requests, 1);
    }
    struct error err = {0};
    claim_errnum = EHOSTUNREACH;
    assert_int_equal(call("old", &err, 401, 200), -1);
    assert_true(seed_is_away(&err));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_claim_is_not_made_again),
        cmocka_unit_test(a_forgotten_claim_is_made_again_and_the_call_repeated),
        cmocka_unit_test(it_is_made_once_a_call),
        cmocka_unit_test(who_only_looks_claims_nothing),
        cmocka_unit_test(a_refused_claim_is_no_answer_to_the_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
