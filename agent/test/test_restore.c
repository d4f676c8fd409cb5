/* SPDX-License-Identifier: Apache-2.0
 * A cluster that is restored from a backup: what the machine does that restores it, what an older master and a worker
 * do, and that nothing is changed before all was looked at. */
#include "worlds.h"

#include "effects/ca_key.h"
#include "maintenance/restore.h"
#include <string.h>

#define RECIPIENT "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
#define CA "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define RECORD(state, holder, step, rest)                                                                              \
    "{\"version\":9,\"state\":\"" state "\",\"kind\":\"restore\",\"token\":7,\"holder\":\"" holder                     \
    "\",\"step\":\"" step "\"" rest "}"
#define MINE RECORD("RUNNING", "k8s-m1", "begun", "")

static const char *known, *archive_hash, *open_port;
static int misses; /* how often the archive is not there yet */
static bool signs;

static int fake_read(const char *path, struct buf *ret, struct error *err) {
    const char *text = strstr(path, "boot_id") ? "b" : !strcmp(path, "/var/lib/seedrack/restored") ? known : NULL;
    buf_adds(ret, text ? text : "");
    return text ? 0 : error_errno(err, ENOENT, "%s", path);
}
static int fake_keep(const char *path, const void *data, size_t length, mode_t mode, struct error *err) {
    (void)err;
    assert_int_equal(mode, 0600);
    assert_true(length > 0);
    bool number = !strcmp(path, "/var/lib/seedrack/restored");
    called("write %s%s%.*s", strrchr(path, '/') + 1, number ? " " : "", number ? (int)length - 1 : 0,
           (const char *)data);
    return 0;
}
static int fake_call(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                     unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    if (!strncmp(path, "/v1/bootstrap", 13)) {
        *ret_body =
            cJSON_Parse("{\"version\":4,\"epoch\":2,\"token\":2,\"state\":\"INITIALISED\",\"holder\":\"k8s-m1\","
                        "\"ca_hash\":\"" CA "\",\"lease_remaining_ms\":0}");
        return 0;
    }
    if (!strcmp(path, "/v1/restore")) {
        called("key %s%s", json_text(body, "recipient"), json_text(body, "signature"));
        return 0;
    }
    int result = fake_record_call(client, method, path, body, timeout_s, ret_status, ret_body, err);
    if (!strcmp(path, "/v1/maintenance/take"))
        *ret_body = cJSON_Parse("{\"token\":7,\"holder\":\"k8s-m1\"}");
    if (!strcmp(path, "/v1/maintenance/step")) {
        *ret_body = cJSON_CreateObject();
        cJSON_AddNumberToObject(*ret_body, "since_ms", (double)1000 * (double)time(NULL));
    }
    return result;
}
static int fake_download(struct seed_client *client, const char *path, const char *file, bool *ret_found,
                         struct error *err) {
    (void)client;
    (void)err;
    assert_string_equal(path, "/v1/restore?wait=10");
    assert_string_equal(file, "/var/lib/seedrack/restore/archive.age");
    *ret_found = misses-- == 0;
    return 0;
}
static int fake_run(const char *const *argv, const struct child_options *options, struct buf *ret, struct error *err) {
    (void)options;
    if (!strcmp(argv[0], "rm")) {
        assert_string_equal(argv[2], "/var/lib/seedrack/restore");
        called("clean");
        return 0;
    }
    assert_string_equal(argv[0], "/usr/lib/seedrack/restore");
    if (!strcmp(argv[1], "key"))
        buf_adds(ret, RECIPIENT "\n");
    char call[128];
    snprintf(call, sizeof(call), "%s%s%s%s%s", argv[1], argv[2] ? " " : "", argv[2] ? argv[2] : "", argv[2] ? " " : "",
             argv[2] ? argv[3] : "");
    return step_of(call, err);
}
static int fake_sign(const char *certificate, const char *key, const char *text, struct ca_signature *ret,
                     struct error *err) {
    (void)err;
    assert_true(signs);
    assert_string_equal(certificate, "/var/lib/seedrack/identity.crt");
    assert_string_equal(key, "/var/lib/seedrack/identity.key");
    assert_string_equal(text, "seedrack restore key\nk8s-m1\n" RECIPIENT "\n");
    *ret = (struct ca_signature){.signature = " signed"};
    return 0;
}
static int fake_hash(const char *path, char ret[CA_HASH_SIZE], struct error *err) {
    (void)err;
    assert_string_equal(path, "/var/lib/seedrack/restore/new/etc/kubernetes/pki/ca.crt");
    snprintf(ret, CA_HASH_SIZE, "%s", archive_hash);
    return 0;
}
static int fake_probe(struct port *ports, size_t count, long timeout_ms, struct error *err) {
    (void)timeout_ms;
    (void)err;
    called("probe %zu", count); /* three ports of each other master */
    for (size_t i = 0; i < count; i++)
        ports[i].answer = open_port && ports[i].number == 2379 ? PORT_OPEN : PORT_SILENT;
    return 0;
}
static bool fake_needed(void) {
    return true;
}
static int fake_wipe(const struct role *role, struct error *err) {
    (void)role;
    return step_of("wipe", err);
}
static int fake_ready(const struct role *role, unsigned timeout_s, struct error *err) {
    (void)role;
    (void)timeout_s;
    return step_of("ready", err);
}
static int fake_remove(const struct role *role, const char *hostname, struct error *err) {
    (void)role;
    (void)err;
    called("remove %s", hostname);
    return 0;
}
static int fake_restart(const char *name, struct error *err) {
    called("restart");
    return step_of(name, err);
}

static void machine_at(const char *hostname, const char *record) {
    machine_is(hostname);
    world.file_read = fake_read;
    world.file_write = fake_keep;
    world.seed_call = fake_call;
    world.seed_download = fake_download;
    world.child_run = fake_run;
    world.ca_key_sign = fake_sign;
    world.ca_hash_of_file = fake_hash;
    world.ports_probe = fake_probe;
    world.wipe_needed = fake_needed;
    world.wipe_kubernetes = fake_wipe;
    world.api_wait_ready = fake_ready;
    world.api_remove_node = fake_remove;
    world.service_restart = fake_restart;
    seed_records[0] = record;
    seed_records[1] = NULL;
    n_looks = 0;
    known = open_port = failing_call = NULL;
    archive_hash = CA;
    misses = 0;
    signs = false;
}

static void it_puts_the_archive_into_place(void **state) {
    (void)state;
    struct error err = {0};
    machine_at("k8s-m1", RECORD("RUNNING", "", "", ",\"waiting\":[\"k8s-m1\"]"));
    misses = 1; /* the operator takes his time */
    assert_int_equal(restore_at_start(&agent, &err), 1);
    assert_calls("take ; write seedrack-turn.json; step archive; key; key " RECIPIENT "; key " RECIPIENT
                 "; step open; open; step alone; probe 6; step lay; wipe; lay k8s-m1 172.22.132.11; "
                 "write seedrack-turn.json; write restored 7; write journal.json; clean");
    assert_true(agent.journal.member);
    assert_string_equal(agent.journal.of.ca_hash, CA);
    assert_int_equal(agent.journal.of.epoch, 2);
    machine_at("k8s-m1", MINE);
    snprintf(agent.seed.pin, sizeof(agent.seed.pin), "sha256:x");
    signs = true;
    assert_int_equal(restore_at_start(&agent, &err), 1); /* it lost power: from the beginning */
    assert_non_null(strstr(calls, "key " RECIPIENT " signed; step open"));
    assert_null(strstr(calls, "take"));
}

static void what_is_wrong_is_seen_before_anything_changes(void **state) {
    (void)state;
    static const struct {
        const char *hash, *port, *fails, *message;
    } rows[] = {{"sha256:bbbb", NULL, NULL, "the archive is of the cluster sha256:bbbb"},
                {CA, "2379", NULL, "k8s-m2 answers at port 2379: a master lives"},
                {CA, NULL, "open", "open fails"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        machine_at("k8s-m1", MINE);
        archive_hash = rows[i].hash;
        open_port = rows[i].port;
        failing_call = rows[i].fails;
        assert_int_equal(restore_at_start(&agent, &err), -1);
        assert_non_null(strstr(err.message, rows[i].message));
        assert_int_equal(err.code, SR_RESTORE);
        assert_non_null(strstr(calls, "fail SR-RESTORE"));
        assert_null(strstr(calls, "wipe"));
        assert_false(agent.journal.member);
    }
}

static void who_is_not_meant_goes_on(void **state) {
    (void)state;
    struct error err = {0};
    machine_at("k8s-m2", MINE);
    assert_int_equal(restore_at_start(&agent, &err), 0); /* a new one: it waits for its ticket */
    assert_calls("clean");
    machine_at("k8s-m1", NULL); /* the seed is away */
    assert_int_equal(restore_at_start(&agent, &err), 0);
    assert_calls("");
    machine_at("k8s-m1", RECORD("HALTED", "k8s-m1", "open", ""));
    seed_records[1] = RECORD("CLOSED", "", "", "");
    seed_records[2] = NULL;
    assert_int_equal(restore_at_start(&agent, &err), 0); /* it waited for the operator, who ended the order */
    assert_calls("clean");
    machine_at("k8s-m1", MINE);
    agent.journal.member = true; /* it lost power after the journal */
    assert_int_equal(restore_at_start(&agent, &err), 0);
    assert_calls("");
}

static void an_older_master_does_not_start(void **state) {
    (void)state;
    struct error err = {0};
    static const char closed[] = RECORD("CLOSED", "", "", ",\"restored\":7");
    machine_at("k8s-m2", closed);
    agent.journal.member = true;
    assert_int_equal(restore_at_start(&agent, &err), -1);
    assert_int_equal(err.code, SR_RESTORED);
    assert_calls("");
    known = "7\n";
    assert_int_equal(restore_at_start(&agent, &err), 0);
    machine_at("k8s-m2", MINE); /* nor while another one restores: that asks whether it is silent */
    agent.journal.member = true;
    err = (struct error){0};
    assert_int_equal(restore_at_start(&agent, &err), -1);
    assert_int_equal(err.code, SR_RESTORE);
    assert_non_null(strstr(err.message, "to be restored on k8s-m1: no other master starts"));
    struct slot_record now = {.token = 7, .running = true, .kind = "restore"};
    assert_int_equal(restore_follow(&agent, &now, &err), 0); /* one that runs goes on: the order may be a mistake */
    machine_at("k8s-m2", closed);                            /* a new one knows when it has a ticket, before it joins */
    assert_int_equal(restore_at_start(&agent, &err), 0);
    assert_calls("clean");
    assert_int_equal(restore_before_join(&agent, &err), 0);
    assert_calls("write restored 7");
    known = "7\n";
    assert_int_equal(restore_before_join(&agent, &err), 0);
    assert_calls("");
    seed_records[0] = NULL;
    assert_int_equal(restore_before_join(&agent, &err), -1); /* it is not known what it joins */
    struct slot_record record = {.token = 9, .closed = true, .kind = "restore", .restored = 8};
    machine_at("k8s-m2", closed);
    agent.journal.member = true;
    err = (struct error){0};
    assert_int_equal(restore_follow(&agent, &record, &err), -1); /* one that runs says so */
    assert_int_equal(err.code, SR_RESTORED);
    machine_at("k8s-n1", closed);
    agent.journal.member = true;
    assert_int_equal(restore_at_start(&agent, &err), 0); /* its kubelet has not started yet */
    assert_calls("clean; write restored 7");
}

/* Else the next restore would have a lower turn, and nobody would notice it. */
static void a_seed_whose_turns_began_anew_is_told(void **state) {
    (void)state;
    struct error err = {0};
    machine_at("k8s-n1", RECORD("CLOSED", "", "", ""));
    known = "36\n";
    assert_int_equal(restore_at_start(&agent, &err), 0);
    assert_calls("witness ; clean");
}

static void the_member_removes_the_others(void **state) {
    (void)state;
    struct error err = {0};
    struct slot_record record = {.token = 12, .running = true, .mine = true, .kind = "restore", .restored = 7};
    machine_at("k8s-m1", MINE);
    known = "7\n"; /* somebody remembered turn 12 since */
    assert_int_equal(restore_once(&agent, &record, &err), 0);
    assert_calls("clean; step api; ready; step masters; probe 6; remove k8s-m2; remove k8s-m3; back ; write "
                 "seedrack-turn.json");
    open_port = "2379";
    assert_int_equal(restore_once(&agent, &record, &err), -1);
    assert_non_null(strstr(calls, "fail SR-RESTORE"));
    assert_null(strstr(calls, "remove"));
    calls[0] = '\0';
    known = open_port = NULL; /* a member of a cluster that lives */
    err = (struct error){0};
    assert_int_equal(restore_once(&agent, &record, &err), -1);
    assert_int_equal(err.code, SR_RESTORE);
    assert_calls("fail SR-RESTORE");
    record = (struct slot_record){.token = 7, .running = true, .my_turn = true, .kind = "restore"};
    assert_int_equal(restore_once(&agent, &record, &err), -1);
    assert_calls("take ; write seedrack-turn.json; fail SR-RESTORE");
}

static void a_workers_kubelet_restarts_once(void **state) {
    (void)state;
    struct error err = {0};
    struct slot_record record = {.token = 9, .closed = true, .kind = "restore", .restored = 7};
    machine_at("k8s-n1", MINE);
    assert_int_equal(restore_follow(&agent, &record, &err), 0);
    assert_calls("restart; kubelet; write restored 7");
    known = "7\n";
    assert_int_equal(restore_follow(&agent, &record, &err), 0);
    assert_calls("");
    known = NULL;
    failing_call = "kubelet";
    assert_int_equal(restore_follow(&agent, &record, &err), -1); /* and is tried again */
    assert_calls("restart; kubelet");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(it_puts_the_archive_into_place, forget_machine),
        cmocka_unit_test_teardown(what_is_wrong_is_seen_before_anything_changes, forget_machine),
        cmocka_unit_test_teardown(who_is_not_meant_goes_on, forget_machine),
        cmocka_unit_test_teardown(an_older_master_does_not_start, forget_machine),
        cmocka_unit_test_teardown(a_seed_whose_turns_began_anew_is_told, forget_machine),
        cmocka_unit_test_teardown(the_member_removes_the_others, forget_machine),
        cmocka_unit_test_teardown(a_workers_kubelet_restarts_once, forget_machine)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
