/* SPDX-License-Identifier: Apache-2.0
 * A master that makes a backup: what it runs, what it brings, and what it says when that fails.
 */
#include "worlds.h"

#include "backup_id.h"
#include "effects/ca_key.h"
#include "member/backup.h"
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "20261130T125800Z-k8s-m1"
#define RECIPIENT "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
#define SHA256 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

#define SEED "seed.sqlite; site.json; passwords.json; "
#define PEM "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

static const char *answer, *printed, *secret;
static bool s3_fails;
static const char *expected; /* calls */
static bool cleaned;
static int turns; /* what the seed answers before the process ends */

static int fake_call(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                     unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    (void)client;
    (void)timeout_s;
    (void)ret_status;
    (void)err;
    if (!strcmp(method, "POST")) {
        called("%s: %s", path, json_text(body, "message"));
        return 0;
    }
    if (!strcmp(path, "/v1/secrets/backup-s3")) {
        called("%s", path);
        *ret_body = secret ? cJSON_Parse(secret) : NULL;
        return secret ? 0 : error_set(err, ENOENT, "secret `backup-s3`: nobody set it");
    }
    assert_string_equal(path, "/v1/backup?wait=55");
    if (turns-- == 0)
        _exit(strcmp(calls, expected) ? fprintf(stderr, "%s\n", calls) : 0);
    *ret_body = answer ? cJSON_Parse(answer) : NULL;
    return 0;
}
static int fake_mkdirs(const char *path, mode_t mode, struct error *err) {
    (void)err;
    assert_string_equal(path, "/var/lib/seedrack/backups/.seed");
    assert_int_equal(mode, 0700);
    return 0;
}
static int fake_download(struct seed_client *client, const char *path, const char *file, bool *ret_found,
                         struct error *err) {
    (void)client;
    assert_int_equal(strncmp(path, "/v1/backup/seed/", strlen("/v1/backup/seed/")), 0);
    assert_int_equal(strncmp(file, "/var/lib/seedrack/backups/.seed/", strlen("/var/lib/seedrack/backups/.seed/")), 0);
    called("%s", strrchr(file, '/') + 1);
    *ret_found = true;
    return error_set(err, ENOENT, "an older seed"); /* the backup is made all the same */
}
static int fake_put(const struct s3_object *object, const char *file, struct error *err) {
    assert_string_equal(object->region, "us-east-1");
    assert_string_equal(object->ca, PEM);
    assert_string_equal(object->sha256, SHA256);
    assert_string_equal(object->key, "KEY:SECRET");
    called("put %s %s", object->url, file);
    return s3_fails ? error_set(err, EACCES, "status 403, AccessDenied") : 0;
}
static int fake_run(const char *const *argv, const struct child_options *options, struct buf *ret_output,
                    struct error *err) {
    if (!strcmp(argv[0], "rm")) { /* what an earlier one left */
        assert_string_equal(argv[2], "/var/lib/seedrack/backups/.new");
        assert_string_equal(argv[3], "/var/lib/seedrack/backups/.seed");
        cleaned = true;
        return 0;
    }
    assert_true(cleaned);
    assert_non_null(options->log_path);
    called("%s %s %s %s", argv[0], argv[1], argv[2], argv[3]);
    buf_adds(ret_output, printed ? printed : "");
    return printed ? 0 : error_set(err, EIO, "backup: exit 1: no space left on device");
}
static int fake_sign(const char *certificate, const char *key, const char *text, struct ca_signature *ret,
                     struct error *err) {
    (void)err;
    assert_string_equal(certificate, "/etc/kubernetes/pki/ca.crt");
    assert_string_equal(key, "/etc/kubernetes/pki/ca.key");
    assert_string_equal(text, "seedrack backup\n" NAME "\n" SHA256 "\n12345\n");
    snprintf(ret->signature, sizeof(ret->signature), "signed");
    return 0;
}
static int fake_upload(struct seed_client *client, const char *path, const char *file,
                       const struct ca_signature *signature, struct error *err) {
    (void)client;
    (void)err;
    assert_string_equal(signature->signature, "signed");
    called("upload %s %s", path, file);
    return 0;
}

/* It never returns: the process ends when the seed is asked again. */
static void assert_calls_of_one_turn(const char *wanted) {
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        machine_is("k8s-m1");
        world.seed_call = fake_call;
        world.seed_upload = fake_upload;
        world.s3_put = fake_put;
        world.file_mkdirs = fake_mkdirs;
        world.seed_download = fake_download;
        world.child_run = fake_run;
        world.ca_key_sign = fake_sign;
        expected = wanted;
        turns = 1;
        backup_forever(&agent);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void it_is_made_signed_and_brought(void **state) {
    (void)state;
    answer = "{\"name\":\"" NAME "\",\"recipient\":\"" RECIPIENT "\",\"keep\":3}";
    printed = "{\"sha256\":\"" SHA256 "\",\"revision\":12345}\n";
    assert_calls_of_one_turn(SEED "/usr/lib/seedrack/backup " NAME " " RECIPIENT " 3; upload /v1/backups/" NAME
                                  "?sha256=" SHA256 "&revision=12345 /var/lib/seedrack/backups/" NAME ".age");
    answer = NULL; /* not now */
    assert_calls_of_one_turn("");
}

static void what_goes_wrong_is_said(void **state) {
    (void)state;
    answer = "{\"name\":\"" NAME "\",\"recipient\":\"" RECIPIENT "\",\"keep\":3}";
    printed = NULL;
    assert_calls_of_one_turn(SEED "/usr/lib/seedrack/backup " NAME " " RECIPIENT
                                  " 3; /v1/backup/failed: backup: backup: exit 1: no space left on device");
    printed = "done";
    assert_calls_of_one_turn(SEED
                             "/usr/lib/seedrack/backup " NAME " " RECIPIENT
                             " 3; /v1/backup/failed: backup: /usr/lib/seedrack/backup: it does not say what it made");
    static const char *const bad[] = {"{\"name\":\"../x\",\"recipient\":\"" RECIPIENT "\",\"keep\":3}",
                                      "{\"name\":\"" NAME "\",\"recipient\":\"--output\",\"keep\":3}",
                                      "{\"name\":\"" NAME "\",\"recipient\":\"" RECIPIENT "\",\"keep\":0}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) { /* nothing of it comes onto a command line */
        answer = bad[i];
        assert_calls_of_one_turn("/v1/backup/failed: backup: seed: answer to GET /v1/backup");
    }
}

#define BRING(url)                                                                                                     \
    "{\"bring\":{\"name\":\"" NAME "\",\"sha256\":\"" SHA256 "\",\"url\":\"" url "\",\"region\":\"us-east-1\","        \
    "\"secret\":\"backup-s3\",\"ca\":\"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n\"}}"
#define PUT "/v1/secrets/backup-s3; put https://s3.example/b/" NAME ".age /var/lib/seedrack/backups/" NAME ".age; "

static void it_goes_to_the_bucket(void **state) {
    (void)state;
    answer = BRING("https://s3.example/b");
    secret = "{\"value\":\"KEY:SECRET\"}";
    assert_calls_of_one_turn(PUT "/v1/backup/brought: ");
    s3_fails = true;
    assert_calls_of_one_turn(PUT "/v1/backup/brought: status 403, AccessDenied");
    secret = "{\"value\":\"KEY SECRET\"}";
    assert_calls_of_one_turn("/v1/secrets/backup-s3; /v1/backup/brought: secret `backup-s3` is not KEY:SECRET; "
                             "seedctl secret set backup-s3");
    secret = NULL;
    assert_calls_of_one_turn("/v1/secrets/backup-s3; /v1/backup/brought: secret `backup-s3`: nobody set it");
    answer = BRING("http://s3.example/b"); /* nobody is asked for a key that would go in clear */
    assert_calls_of_one_turn("/v1/backup/brought: seed: answer to GET /v1/backup");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_made_signed_and_brought),
        cmocka_unit_test(what_goes_wrong_is_said),
        cmocka_unit_test(it_goes_to_the_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, forget_machine);
}
