/* SPDX-License-Identifier: Apache-2.0
 * A machine that reboots in its slot: what is said to the seed, in which order, and where it stops.
 */
#include "worlds.h"

#include "clock.h"
#include "maintenance/rollout.h"
#include "maintenance/slot.h"
#include <string.h>

/* --- the seed --- */

static const char *own_boot, *record_text, *turn_text; /* turn_text NULL: it had none */
static const char *wanted_kind = "rollout";
static char laid[64]; /* the turn in which the settings were laid */
static int fake_keep(const char *path, const void *data, size_t length, mode_t mode, struct error *err) {
    if (strcmp(path, "/var/lib/seedrack/settings-laid") != 0)
        return fake_write(path, data, length, mode, err);
    snprintf(laid, sizeof(laid), "%.*s", (int)length, (const char *)data);
    return 0;
}
static int fake_restart(const char *name, struct error *err) {
    (void)err;
    called("restart %s", name);
    return 0;
}
static int fake_read(const char *path, struct buf *ret, struct error *err) {
    if (!strcmp(path, "/var/lib/seedrack/settings-laid")) {
        buf_adds(ret, laid);
        return 0;
    }
    if (!strcmp(path, "/etc/kubernetes/seedrack-turn.json")) {
        buf_adds(ret, turn_text ? turn_text : "");
        return turn_text ? 0 : error_errno(err, ENOENT, "%s", path);
    }
    if (!strcmp(path, "/var/lib/seedrack/kubelet.conf") ||
        !strcmp(path, "/var/lib/seedrack/restored")) /* no upgrade left it, and no restore */
        return error_errno(err, ENOENT, "%s", path);
    assert_string_equal(path, "/proc/sys/kernel/random/boot_id");
    buf_addf(ret, "%s\n", own_boot);
    return 0;
}
static int fake_call(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                     unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    (void)client;
    (void)timeout_s;
    (void)ret_status;
    (void)err;
    if (!strcmp(method, "GET")) {
        *ret_body = cJSON_Parse(record_text);
        return 0;
    }
    const char *word = strrchr(path, '/') + 1, *step = json_text(body, "step"), *code = json_text(body, "code");
    called("%s %s", word, code[0] ? code : step);
    if (calls[strlen(calls) - 1] == ' ')
        calls[strlen(calls) - 1] = '\0';
    if (!strcmp(word, "take")) {
        assert_string_equal(json_text(body, "kind"), wanted_kind);
        assert_string_equal(json_text(body, "boot"), own_boot);
    } else if (strcmp(word, "witness") != 0) {
        assert_int_equal(json_number(body, "token", 0), 7);
    }
    if (ret_body) {
        cJSON *record = cJSON_Parse("{\"token\":7}");
        cJSON_AddStringToObject(record, "holder", agent.role->hostname);
        cJSON_AddNumberToObject(record, "since_ms", (double)clock_wall_ms());
        *ret_body = record;
    }
    return 0;
}

/* --- the machine in hand --- */

static bool healthy;
static int fake_each_member(int (*each)(const struct cluster_member *, void *, struct error *), void *context,
                            struct error *err) {
    (void)each;
    (void)context;
    return healthy ? 0 : error_set(err, EAGAIN, "etcd member `k8s-m3` is not healthy");
}
static int fake_take_lease(const struct role *role, struct error *err) {
    (void)role;
    (void)err;
    called("lease");
    return 0;
}
static int fake_drop_lease(const struct role *role, struct error *err) {
    (void)role;
    (void)err;
    called("lease-back");
    return 0;
}
static int fake_move(struct error *err) {
    (void)err;
    called("move");
    return 0;
}
static size_t voters;
static int fake_voters(size_t *ret_started, size_t *ret_all, struct error *err) {
    (void)err;
    *ret_started = *ret_all = voters;
    return 0;
}
static int fake_reboot(struct error *err) {
    called("reboot");
    return error_set(err, EPERM, "the test goes on"); /* else it waits for its end */
}

static const char *failing_words; /* the kubeadm call that fails */
static int fake_kubeadm(const char *const *argv, const struct child_options *options, struct buf *output,
                        struct error *err) {
    char words[256] = "";
    (void)options;
    (void)output;
    for (size_t i = 0, length = 0; argv[i] && length < sizeof(words) - 1; i++)
        length += (size_t)snprintf(words + length, sizeof(words) - length, "%s%s", i ? " " : "", argv[i]);
    called("%s", words);
    return failing_words && strstr(words, failing_words) ? error_set(err, EIO, "kubeadm: exit 1") : 0;
}
static int fake_sync(const char *path, struct error *err) {
    (void)path;
    (void)err;
    return 0;
}
static int fake_hash(const char *path, char ret[CA_HASH_SIZE], struct error *err) {
    (void)path;
    (void)err;
    ret[0] = '\0';
    return 0;
}

static void machine_in_hand(const char *hostname) {
    machine_is(hostname);
    world.seed_call = fake_call;
    world.file_write = fake_keep;
    world.service_restart = fake_restart;
    snprintf(laid, sizeof(laid), "7 \n");
    world.file_read = fake_read;
    world.etcd_each_member = fake_each_member;
    world.lease_take = fake_take_lease;
    world.lease_drop = fake_drop_lease;
    world.etcd_move_leader = fake_move;
    world.etcd_voters = fake_voters;
    world.power_reboot = fake_reboot;
    world.child_run = fake_kubeadm;
    world.file_sync_tree = fake_sync;
    world.ca_hash_of_file = fake_hash;
    world.rendered_apply = fake_apply;
    failing_words = NULL;
    healthy = true;
    voters = 3;
    turn_text = written_turn = NULL;
    own_boot = "11111111-1111-4111-8111-111111111111";
}
#define OTHER_BOOT "22222222-2222-4222-8222-222222222222"
#define RECORD(holder, step, state)                                                                                    \
    "{\"version\":4,\"token\":7,\"kind\":\"rollout\",\"state\":\"" state "\",\"holder\":\"" holder                     \
    "\",\"step\":\"" step "\",\"since_ms\":5,\"boot\":\"" OTHER_BOOT                                                   \
    "\",\"soak_s\":1,\"drain_timeout_s\":1,\"waiting\":[]}"

static const struct slot_record my_turn = {.my_turn = true, .running = true, .kind = "rollout"};

#define OWN_SETTINGS                                                                                                   \
    "kubeadm upgrade node phase kubelet-config --patches /etc/seedrack/kubeadm-patches; rm -rf /etc/kubernetes/tmp; "
#define WORKERS_SETTINGS "step settings; " OWN_SETTINGS
#define MASTERS_SETTINGS                                                                                               \
    "step settings; write kubeadm-init.yaml /run/seedrack/kubeadm-settings.yaml; kubeadm init phase upload-config "    \
    "kubelet --config /run/seedrack/kubeadm-settings.yaml; " OWN_SETTINGS

static void it_leaves_when_it_is_drained(void **state) {
    (void)state;
    static const struct {
        const char *hostname, *record, *calls;
    } rows[] = {
        {"k8s-m2", RECORD("k8s-m2", "drain-done", "RUNNING"),
         "take; step lease; lease; step drain; " MASTERS_SETTINGS
         "step leader; move; step reboot; reboot; fail SR-MAINTENANCE"},
        {"k8s-n1", RECORD("k8s-n1", "drain-done", "RUNNING"),
         "take; step drain; " WORKERS_SETTINGS "step reboot; reboot; fail SR-MAINTENANCE"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        machine_in_hand(rows[i].hostname);
        record_text = rows[i].record;
        assert_int_equal(rollout_once(&agent, &my_turn, &err), -1);
        assert_calls(rows[i].calls);
        assert_string_equal(written_turn, "in hand");
    }
}

static void it_stays_when_the_drain_failed_or_the_slot_is_gone(void **state) {
    (void)state;
    static const char *const records[] = {RECORD("k8s-n1", "drain", "HALTED"), RECORD("k8s-n2", "drain", "RUNNING"),
                                          RECORD("", "", "RUNNING")};
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        struct error err = {0};
        machine_in_hand("k8s-n1");
        record_text = records[i];
        assert_int_equal(rollout_once(&agent, &my_turn, &err), -1);
        assert_calls("take; step drain"); /* it halted already: no `fail` of its own */
    }
}

static void a_master_that_etcd_needs_stays(void **state) {
    (void)state;
    struct error err = {0};
    machine_in_hand("k8s-m2");
    record_text = RECORD("k8s-m2", "drain-done", "RUNNING");
    voters = 2;
    assert_int_equal(rollout_once(&agent, &my_turn, &err), -1);
    assert_calls("take; step lease; lease; step drain; " MASTERS_SETTINGS "step leader; fail SR-MAINTENANCE");
    assert_non_null(strstr(err.message, "etcd has two voters"));
}

static void aborted_before_its_reboot_it_stays(void **state) {
    (void)state;
    struct error err = {0};
    struct slot_record record = {.mine = true, .running = true, .aborted = true, .kind = "rollout", .boot = OTHER_BOOT};
    machine_in_hand("k8s-m2");
    own_boot = OTHER_BOOT;
    assert_int_equal(rollout_once(&agent, &record, &err), 0);
    assert_calls("take; lease-back; back");
    machine_in_hand("k8s-n1"); /* while it waits to be drained */
    record_text = "{\"version\":4,\"token\":7,\"kind\":\"rollout\",\"state\":\"RUNNING\",\"holder\":\"k8s-n1\","
                  "\"step\":\"drain\",\"aborted\":true}";
    assert_int_equal(rollout_once(&agent, &my_turn, &err), -1);
    assert_calls("take; step drain");
    assert_int_equal(err.errnum, ECANCELED);
}

static void a_seed_that_forgot_its_turn_is_told(void **state) {
    (void)state;
    static const struct {
        const char *turn;
        bool told;
    } rows[] = {{"{\"token\":9,\"kind\":\"rollout\",\"boot\":\"b\",\"in_hand\":true}", true},
                {"{\"token\":9,\"kind\":\"renew\",\"boot\":\"\",\"in_hand\":false}", true},
                {"{\"token\":7,\"kind\":\"rollout\",\"boot\":\"b\",\"in_hand\":true}", false},
                {"{\"token\":", false},
                {NULL, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slot_record record = {0};
        struct error err = {0};
        machine_in_hand("k8s-n1");
        record_text = RECORD("", "", "RUNNING");
        turn_text = rows[i].turn;
        assert_int_equal(slot_look(&agent, 0, &record, &err), 0);
        assert_calls(rows[i].told ? "witness" : "");
    }
}

static void nothing_begins_while_another_master_is_away(void **state) {
    (void)state;
    struct error err = {0};
    machine_in_hand("k8s-m2");
    healthy = false;
    assert_int_equal(rollout_once(&agent, &my_turn, &err), -1);
    assert_calls("");
}

static void another_boot_id_means_that_it_is_back(void **state) {
    (void)state;
    struct error err = {0};
    struct slot_record record = {.mine = true, .running = true, .kind = "rollout", .boot = OTHER_BOOT};
    machine_in_hand("k8s-m2");
    record_text = RECORD("k8s-m2", "return-done", "PAUSED");
    assert_int_equal(rollout_once(&agent, &record, &err), 0);
    assert_calls("take; step return; step lease-back; lease-back; back");
    assert_string_equal(written_turn, "done");
    machine_in_hand("k8s-n1");
    record_text = RECORD("k8s-n1", "return-done", "RUNNING");
    assert_int_equal(rollout_once(&agent, &record, &err), 0);
    assert_calls("take; step return; back");
    machine_in_hand("k8s-n1"); /* its agent alone ended: all steps again */
    own_boot = OTHER_BOOT;
    record_text = RECORD("k8s-n1", "drain-done", "RUNNING");
    assert_int_equal(rollout_once(&agent, &record, &err), -1);
    assert_calls("take; step drain; " WORKERS_SETTINGS "step reboot; reboot; fail SR-MAINTENANCE");
    machine_in_hand("k8s-n1"); /* it lost power before it had them, or the site was corrected since */
    snprintf(laid, sizeof(laid), "6 \n");
    record_text = RECORD("k8s-n1", "return-done", "RUNNING");
    err = (struct error){0};
    assert_int_equal(rollout_once(&agent, &record, &err), 0);
    assert_calls("take; " WORKERS_SETTINGS "restart kubelet; step return; back");
    assert_string_equal(laid, "7 \n");
}

/* By the release that it boots: a power cut before kubeadm was done is no reboot into the target. */
static void of_an_upgrade_the_release_says_that_it_is_back(void **state) {
    (void)state;
    struct error err = {0};
    struct slot_record record = {
        .mine = true, .running = true, .kind = "upgrade", .boot = OTHER_BOOT, .step = "reboot"};
    wanted_kind = "upgrade";
    machine_in_hand("k8s-n1");
    snprintf(record.target, sizeof(record.target), "%s", agent.role->release);
    record_text = RECORD("k8s-n1", "return-done", "RUNNING");
    assert_int_equal(rollout_once(&agent, &record, &err), 0);
    assert_calls("take; step return; back");
    machine_in_hand("k8s-n1");
    snprintf(record.target, sizeof(record.target), "v1.38.0");
    record_text = RECORD("k8s-n1", "drain", "HALTED");
    assert_int_equal(rollout_once(&agent, &record, &err), -1);
    assert_calls("take; step drain");
    record.aborted = true; /* before kubeadm began */
    snprintf(record.step, sizeof(record.step), "drain");
    assert_int_equal(rollout_once(&agent, &record, &err), 0);
    assert_calls("take; back");
    wanted_kind = "rollout";
}

static void settings_that_kubeadm_refuses_halt_it(void **state) {
    (void)state;
    static const char *const words[] = {"upload-config", "kubelet-config"};
    for (size_t i = 0; i < 2; i++) {
        struct error err = {0};
        machine_in_hand("k8s-m2");
        record_text = RECORD("k8s-m2", "drain-done", "RUNNING");
        failing_words = words[i];
        assert_int_equal(rollout_once(&agent, &my_turn, &err), -1);
        assert_non_null(strstr(err.message, "rollout: settings: kubelet's settings: kubeadm: exit 1"));
        assert_null(strstr(calls, "reboot"));
        assert_non_null(strstr(calls, "fail SR-MAINTENANCE"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_that_kubeadm_refuses_halt_it),
        cmocka_unit_test_teardown(it_leaves_when_it_is_drained, forget_machine),
        cmocka_unit_test_teardown(it_stays_when_the_drain_failed_or_the_slot_is_gone, forget_machine),
        cmocka_unit_test_teardown(a_master_that_etcd_needs_stays, forget_machine),
        cmocka_unit_test_teardown(aborted_before_its_reboot_it_stays, forget_machine),
        cmocka_unit_test_teardown(a_seed_that_forgot_its_turn_is_told, forget_machine),
        cmocka_unit_test_teardown(nothing_begins_while_another_master_is_away, forget_machine),
        cmocka_unit_test_teardown(another_boot_id_means_that_it_is_back, forget_machine),
        cmocka_unit_test_teardown(of_an_upgrade_the_release_says_that_it_is_back, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
