/* SPDX-License-Identifier: Apache-2.0
 * Registries become containerd's folders, and leave them again; a login that cannot be had stops nothing. */
#include "apart.h"
#include "worlds.h"

#include "steps/registry_hosts.h"
#include "render/hosts_toml.h"
#include "file.h"
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static struct error err;
static char written[4096], hosts[4096];

static int fake_read(const char *path, struct buf *ret, struct error *e) {
    assert_string_equal(path, "/var/lib/seedrack/registries/written");
    if (!written[0])
        return error_errno(e, ENOENT, "read");
    buf_adds(ret, written);
    return 0;
}
static int keep(const char *path, const void *data, size_t length, mode_t mode, struct error *e) {
    (void)e;
    assert_int_equal(mode, 0600);
    called("%s", path + strlen("/var/lib/seedrack/registries/"));
    if (strstr(path, "hosts.toml"))
        snprintf(hosts, sizeof(hosts), "%.*s", (int)length, (const char *)data);
    if (strstr(path, "/written"))
        snprintf(written, sizeof(written), "%.*s", (int)length, (const char *)data);
    return 0;
}
static int fake_mkdirs(const char *path, mode_t mode, struct error *e) {
    (void)path;
    (void)e;
    assert_int_equal(mode, 0700);
    return 0;
}
static bool linked;
static bool is_linked(const char *host) {
    (void)host;
    return linked;
}
static int make_link(const char *host, const char *folder, struct error *e) {
    (void)e;
    assert_string_equal(strrchr(folder, '/') + 1, host);
    if (!linked)
        called("link %s", host);
    linked = true;
    return 0;
}
static int remove_link(const char *host, const char *folder, struct error *e) {
    (void)folder;
    (void)e;
    called("unlink %s", host);
    linked = false;
    return 0;
}

static const char *secret; /* NULL: nobody set it */
static int fake_seed(struct seed_client *client, const char *method, const char *path, const cJSON *body, unsigned wait,
                     long *status, cJSON **ret, struct error *e) {
    (void)client;
    (void)method;
    (void)body;
    (void)wait;
    (void)status;
    called("ask %s", path);
    if (!secret)
        return error_set(e, ENOENT, "no such secret");
    *ret = cJSON_CreateObject();
    cJSON_AddStringToObject(*ret, "value", secret);
    return 0;
}

static void document_says(const char *json, int64_t secrets_ms) {
    cJSON *tree = agent.role->tree;
    char *text;
    cJSON_DeleteItemFromObjectCaseSensitive(tree, "registries");
    cJSON_DeleteItemFromObjectCaseSensitive(tree, "secrets_ms");
    if (json)
        cJSON_AddItemToObject(tree, "registries", cJSON_Parse(json));
    if (secrets_ms)
        cJSON_AddNumberToObject(tree, "secrets_ms", (double)secrets_ms);
    assert_non_null(text = cJSON_PrintUnformatted(tree));
    role_free(agent.role);
    agent.role = NULL;
    if (role_parse(text, strlen(text), &agent.role, &err) < 0)
        fail_msg("%s", err.message);
    cJSON_free(text);
}

static int start(void **state) {
    (void)state;
    machine_is("k8s-n1");
    world.file_read = fake_read;
    world.file_write = keep;
    world.file_mkdirs = fake_mkdirs;
    world.seed_call = fake_seed;
    world.registry_link_is_there = is_linked;
    world.registry_link_make = make_link;
    world.registry_link_remove = remove_link;
    linked = false;
    written[0] = hosts[0] = '\0';
    secret = "user:pa:ss word";
    return 0;
}

#define TWO                                                                                                            \
    "[{\"host\":\"docker.io\",\"mirrors\":[{\"url\":\"https://m.example:5000\",\"secret\":\"mirror\"},"                \
    "{\"url\":\"http://10.1.0.7:5000\"}]}]"

static void without_registries_nothing_is_done(void **state) {
    (void)state;
    assert_int_equal(registry_hosts_differ(&agent, &err), 0);
    assert_int_equal(registry_hosts_apply(&agent, &err), 0);
    assert_calls("");
}

static void a_login_is_in_hosts_toml_alone(void **state) {
    (void)state;
    document_says(TWO, 7);
    assert_int_equal(registry_hosts_differ(&agent, &err), 1);
    assert_int_equal(registry_hosts_apply(&agent, &err), 0);
    assert_calls("ask /v1/secrets/mirror; docker.io/hosts.toml; link docker.io; written");
    assert_string_equal(hosts, "server = \"https://registry-1.docker.io\"\n"
                               "[host.\"https://m.example:5000\"]\n"
                               "capabilities = [\"pull\", \"resolve\"]\n"
                               "[host.\"https://m.example:5000\".header]\n"
                               "Authorization = \"Basic dXNlcjpwYTpzcyB3b3Jk\"\n"
                               "[host.\"http://10.1.0.7:5000\"]\n"
                               "capabilities = [\"pull\", \"resolve\"]\n");
    assert_null(strstr(written, "dXNlcj"));
    assert_int_equal(registry_hosts_differ(&agent, &err), 0);
    linked = false; /* it started again */
    assert_int_equal(registry_hosts_differ(&agent, &err), 1);
    assert_int_equal(registry_hosts_apply(&agent, &err), 0);
    assert_calls("link docker.io");
    document_says(TWO, 8); /* the password changed */
    assert_int_equal(registry_hosts_differ(&agent, &err), 1);
    document_says(NULL, 0);
    assert_int_equal(registry_hosts_differ(&agent, &err), 1);
}

static void a_login_that_cannot_be_had_stops_nothing(void **state) {
    (void)state;
    secret = NULL;
    document_says(TWO, 0);
    assert_int_equal(registry_hosts_apply(&agent, &err), 0);
    assert_null(strstr(hosts, "Authorization"));
    secret = "user:later"; /* the seed was away: at the next look it is asked again */
    assert_int_equal(registry_hosts_differ(&agent, &err), 1);
    assert_int_equal(registry_hosts_apply(&agent, &err), 0);
    assert_non_null(strstr(hosts, "Authorization"));
    assert_int_equal(registry_hosts_differ(&agent, &err), 0);
    secret = "no colon";
    written[0] = '\0';
    assert_int_equal(registry_hosts_apply(&agent, &err), 0);
    assert_null(strstr(hosts, "Authorization"));
}

static void an_authority_lies_beside_it(void **state) {
    (void)state;
    document_says(
        "[{\"host\":\"r.example:5000\",\"secret\":\"r\",\"ca\":\"-----BEGIN CERTIFICATE-----\\nMA==\\n-----END "
        "CERTIFICATE-----\\n\"}]",
        7);
    assert_int_equal(registry_hosts_apply(&agent, &err), 0);
    assert_calls("r.example:5000/ca-0.crt; ask /v1/secrets/r; r.example:5000/hosts.toml; link r.example:5000; written");
    assert_string_equal(hosts, "server = \"https://r.example:5000\"\n"
                               "ca = \"/var/lib/seedrack/registries/r.example:5000/ca-0.crt\"\n"
                               "[header]\n"
                               "Authorization = \"Basic dXNlcjpwYTpzcyB3b3Jk\"\n");
}

static bool is_there(const char *name) {
    char path[256];
    snprintf(path, sizeof(path), "/var/lib/seedrack/registries/%s", name);
    return access(path, F_OK) == 0;
}

static void put(const char *name) {
    char path[256];
    snprintf(path, sizeof(path), "/var/lib/seedrack/registries/%s", name);
    assert_int_equal(file_write(path, "x", 1, 0600, &err), 0);
}

/* On real files, in a mount namespace. Power was lost before `written` named the second one, and while a file of the
 * first was being written. */
static int leave_in_namespace(void) {
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/var/lib", "tmpfs", 0, NULL) < 0)
        return 77;
    world.file_read = file_read;
    world.file_write = file_write;
    world.file_mkdirs = file_mkdirs;
    document_says(TWO, 7);
    if (registry_hosts_apply(&agent, &err) < 0 || !is_there("docker.io/hosts.toml"))
        return 1;
    put("docker.io/.seedrack.Ab12Cd");
    put("lost.example:5000/hosts.toml");
    put("lost.example:5000/.seedrack.Ef34Gh");
    document_says(TWO, 8);
    if (registry_hosts_apply(&agent, &err) < 0 || is_there("lost.example:5000") ||
        is_there("docker.io/.seedrack.Ab12Cd") || !is_there("docker.io/hosts.toml"))
        return 2;
    document_says(NULL, 0);
    return registry_hosts_apply(&agent, &err) < 0 || is_there("docker.io") || is_there("written") ? 3 : 0;
}

static void a_login_leaves_a_machine_that_lost_power(void **state) {
    (void)state;
    assert_apart(leave_in_namespace);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_registries_nothing_is_done, start, forget_machine),
        cmocka_unit_test_setup_teardown(a_login_is_in_hosts_toml_alone, start, forget_machine),
        cmocka_unit_test_setup_teardown(a_login_that_cannot_be_had_stops_nothing, start, forget_machine),
        cmocka_unit_test_setup_teardown(a_login_leaves_a_machine_that_lost_power, start, forget_machine),
        cmocka_unit_test_setup_teardown(an_authority_lies_beside_it, start, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
