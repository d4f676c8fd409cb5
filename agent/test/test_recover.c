/* SPDX-License-Identifier: Apache-2.0
 * A master proves its cluster to a seed that lost its record: who proves, and that the seed believes what the agent
 * signs. */
#include "worlds.h"

#include "bootstrap/record.h"
#include "effects/ca_key.h"
#include "effects/identity.h"
#include "file.h"
#include "json.h"
#include "server/state/proofs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLAIM "0123456789abcdef0123456789abcdef"
#define HASH "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static char folder[] = "/tmp/seedrack-recover.XXXXXX", key[64], certificate[64], other[64];

static int make_keys(void **state) {
    struct error err = {0};
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(certificate, sizeof(certificate), "%s/" IDENTITY_CERTIFICATE, folder);
    snprintf(key, sizeof(key), "%s/" IDENTITY_KEY, folder);
    snprintf(other, sizeof(other), "%s/other.key", folder);
    return identity_make(folder, &err) < 0 || rename(key, other) < 0 || identity_make(folder, &err) < 0 ? -1 : 0;
}

static int remove_keys(void **state) {
    (void)state;
    return unlink(key) < 0 || unlink(certificate) < 0 || unlink(other) < 0 || rmdir(folder) < 0 ? -1 : 0;
}

static struct record_id sign(const char *with, struct ca_signature *ret) {
    struct record_id id = {.epoch = 3, .token = 7};
    char text[RECORD_PROOF_SIZE];
    struct error err = {0};
    assert_int_equal(ca_hash_of_file(certificate, id.ca_hash, &err), 0);
    record_proof_text(CLAIM, &id, text);
    assert_int_equal(ca_key_sign(certificate, with, text, ret, &err), 0);
    return id;
}

static void the_seed_believes_what_the_agent_signs(void **state) {
    (void)state;
    struct ca_signature s;
    struct error err = {0};
    struct record_id id = sign(key, &s);
    assert_int_equal(proofs_check(CLAIM, &id, s.public_key, s.signature, &err), 0);
    assert_int_equal(proofs_check(CLAIM "0", &id, s.public_key, s.signature, &err), -1);
    id.token++;
    assert_int_equal(proofs_check(CLAIM, &id, s.public_key, s.signature, &err), -1);
}

static void another_key_proves_nothing(void **state) {
    (void)state;
    struct ca_signature s;
    struct error err = {0};
    struct record_id id = sign(other, &s); /* the certificate is public: a worker has it, too */
    assert_int_equal(proofs_check(CLAIM, &id, s.public_key, s.signature, &err), -1);
    assert_int_equal(ca_key_sign(certificate, "/nowhere/ca.key", "text", &s, &err), -1);
    assert_int_equal(err.errnum, ENOENT);
}

static const char *record_state;

static int fake_seed_call(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                          unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    char text[256];
    (void)client;
    (void)timeout_s;
    (void)ret_status;
    (void)err;
    called("%s %.*s%s%s", method, (int)strcspn(path, "?"), path, body ? " " : "",
           body ? json_text(body, "ca_hash") : "");
    if (!ret_body)
        return 0;
    snprintf(text, sizeof(text), "{\"version\":2,\"state\":\"%s\",\"epoch\":1,\"token\":2,\"ca_hash\":\"" HASH "\"}",
             record_state);
    *ret_body = cJSON_Parse(text);
    return 0;
}

static int fake_ca_key_sign(const char *its_certificate, const char *its_key, const char *text,
                            struct ca_signature *ret, struct error *err) {
    (void)err;
    called("sign %s %s", its_certificate, its_key);
    assert_string_equal(text, "seedrack record proof\nclaim " CLAIM "\nepoch 4\ntoken 9\nca_hash " HASH "\n");
    *ret = (struct ca_signature){.public_key = "QQ==", .signature = "Qg=="};
    return 0;
}

static void says(const char *its_state, bool master, bool member, const char *wanted) {
    struct journal journal = {.member = member, .seen = {.epoch = 4, .token = 9}, .of = {.epoch = 1, .token = 2}};
    struct error err = {0};
    memcpy(journal.of.ca_hash, HASH, sizeof(HASH));
    record_state = its_state;
    assert_int_equal(record_witness(&world, &agent.seed, &journal, master, &err), 0);
    assert_calls(wanted);
}

static void a_master_that_is_a_member_proves_its_cluster_in_quarantine(void **state) {
    (void)state;
    machine_is("k8s-m2");
    snprintf(agent.seed.claim, sizeof(agent.seed.claim), "%s", CLAIM);
    world.seed_call = fake_seed_call;
    world.ca_key_sign = fake_ca_key_sign;
    says("INITIALISED", true, true, "GET /v1/bootstrap");
    says("QUARANTINE", false, true, "GET /v1/bootstrap");
    says("QUARANTINE", true, false, "GET /v1/bootstrap");
    says("QUARANTINE", true, true,
         "GET /v1/bootstrap; sign /etc/kubernetes/pki/ca.crt /etc/kubernetes/pki/ca.key; POST /v1/proofs " HASH);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seed_believes_what_the_agent_signs),
        cmocka_unit_test(another_key_proves_nothing),
        cmocka_unit_test_teardown(a_master_that_is_a_member_proves_its_cluster_in_quarantine, forget_machine),
    };
    return cmocka_run_group_tests(tests, make_keys, remove_keys);
}
