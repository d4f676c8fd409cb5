/* SPDX-License-Identifier: Apache-2.0
 * A machine that left the cluster for good: what it does in its turn, and when it starts again. */
#include "worlds.h"

#include "maintenance/retired.h"
#include <string.h>

static const char *mark;
static bool over; /* its last word was said in this boot */
static int fake_read(const char *path, struct buf *ret, struct error *err) {
    const char *text = !strcmp(path, "/var/lib/seedrack/retired") ? mark : NULL;
    if (strstr(path, "boot_id"))
        text = "b";
    if (strstr(path, "retired-over"))
        text = over ? "" : NULL;
    buf_adds(ret, text ? text : "");
    return text ? 0 : error_errno(err, ENOENT, "%s", path);
}
static int fake_write_file(const char *path, const void *data, size_t length, mode_t mode, struct error *err) {
    (void)err;
    (void)mode;
    if (strstr(path, "retired-over")) {
        over = true;
        return 0;
    }
    called("write %s %.*s", strrchr(path, '/') + 1, strstr(path, "turn") ? 0 : (int)length, (const char *)data);
    return 0;
}
static int fake_reboot(struct error *err) {
    called("reboot");
    return error_set(err, EPERM, "not in a test");
}
static int fake_off(struct error *err) {
    called("power-off");
    return error_set(err, EPERM, "not in a test");
}
static int fake_wipe(const struct role *role, struct error *err) {
    (void)role;
    (void)err;
    called("wipe");
    return 0;
}
static bool gone;
static int fake_gone(const struct role *role, bool *ret, struct error *err) {
    (void)role;
    (void)err;
    *ret = gone;
    return 0;
}
#define RECORD(state, kind, holder, step, rest)                                                                        \
    "{\"version\":9,\"state\":\"" state "\",\"kind\":\"" kind "\",\"token\":7,\"holder\":\"" holder                    \
    "\",\"step\":\"" step "\"" rest "}"

static void who_starts(const char *text, const char *first, const char *second) {
    machine_is("k8s-n1");
    world.seed_call = fake_record_call;
    world.file_read = fake_read;
    world.file_write = fake_write_file;
    world.power_reboot = fake_reboot;
    world.power_off = fake_off;
    world.wipe_machine = fake_wipe;
    world.node_is_gone = fake_gone;
    mark = text;
    over = false;
    seed_records[0] = first;
    seed_records[1] = second;
    seed_records[2] = NULL;
    n_looks = 0;
    agent.journal.member = true;
    gone = false;
}

static void in_its_turn_it_marks_its_disk_and_reboots(void **state) {
    (void)state;
    struct slot_record record = retire_asks("k8s-n1", "drain");
    struct error err = {0};
    who_starts(NULL, NULL, NULL);
    record.mine = true;
    assert_int_equal(retired_leave(&agent, &record, &err), 0);
    assert_calls("");
    snprintf(record.step, sizeof(record.step), "stop");
    assert_int_equal(retired_leave(&agent, &record, &err), -1);
    assert_calls("write seedrack-turn.json ; write retired {\"token\":7}; reboot");
}

static void after_it_nothing_starts(void **state) {
    (void)state;
    struct error err = {0};
    who_starts("{\"token\":7}", RECORD("RUNNING", "retire", "k8s-n1", "stop", ""),
               RECORD("RUNNING", "retire", "k8s-n1", "wipe", ""));
    assert_int_equal(retired_check(&agent, &err), -1);
    assert_calls("helped stop; wipe; helped wipe; power-off");
    who_starts("{\"token\":7}", RECORD("RUNNING", "retire", "k8s-n1", "wipe", ",\"keep_disk\":true"), NULL);
    assert_int_equal(retired_check(&agent, &err), -1);
    assert_calls("helped wipe; power-off");
    who_starts("{\"token\":7}", RECORD("RUNNING", "retire", "k8s-n1", "member", ""),
               RECORD("HALTED", "retire", "k8s-n1", "wipe", ""));
    seed_records[2] = RECORD("RUNNING", "retire", "k8s-n1", "wipe", "");
    assert_int_equal(retired_check(&agent, &err), -1);
    assert_calls("wipe; helped wipe; power-off");
    err = (struct error){0};
    who_starts("{\"token\":7}", NULL, NULL); /* denied by now, or the seed is away */
    assert_int_equal(retired_check(&agent, &err), -1);
    assert_int_equal(err.code, SR_RETIRED);
    assert_calls("");
    over = true; /* the answer to its last word was lost */
    assert_int_equal(retired_check(&agent, &err), -1);
    assert_calls("power-off");
}

static void a_seed_that_forgot_the_turn_is_told(void **state) {
    (void)state;
    struct error err = {0};
    who_starts("{\"token\":9}", RECORD("CLOSED", "renew", "", "", ""),
               RECORD("HALTED", "retire", "k8s-n1", "stop", ""));
    seed_records[2] = RECORD("RUNNING", "retire", "k8s-n1", "wipe", "");
    assert_int_equal(retired_check(&agent, &err), -1); /* told by slot_look(), which reads the file */
    assert_calls("write seedrack-turn.json ; wipe; helped wipe; power-off");
}

static void one_that_is_no_member_asks_too(void **state) {
    (void)state;
    struct error err = {0};
    who_starts(NULL, RECORD("RUNNING", "retire", "k8s-n1", "stop", ""),
               RECORD("RUNNING", "retire", "k8s-n1", "wipe", ""));
    agent.journal.member = false; /* it had it in memory */
    assert_int_equal(retired_check(&agent, &err), -1);
    assert_calls("helped stop; wipe; helped wipe; power-off");
    who_starts(NULL, RECORD("RUNNING", "retire", "k8s-n2", "stop", ""), NULL);
    agent.journal.member = false;
    assert_int_equal(retired_check(&agent, &err), 0);
    who_starts(NULL, NULL, NULL); /* a seed that is away, or older */
    agent.journal.member = false;
    assert_int_equal(retired_check(&agent, &err), 0);
    assert_calls("");
}

static void without_the_seed_the_cluster_is_asked(void **state) {
    (void)state;
    struct error err = {0};
    who_starts(NULL, NULL, NULL);
    gone = true;
    assert_int_equal(retired_check(&agent, &err), 0); /* the seed is there, and has its role */
    agent.seed.away = true;
    assert_int_equal(retired_check(&agent, &err), -1);
    assert_int_equal(err.code, SR_RETIRED);
    gone = false;
    assert_int_equal(retired_check(&agent, &err), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_its_turn_it_marks_its_disk_and_reboots), cmocka_unit_test(after_it_nothing_starts),
        cmocka_unit_test(a_seed_that_forgot_the_turn_is_told),       cmocka_unit_test(one_that_is_no_member_asks_too),
        cmocka_unit_test(without_the_seed_the_cluster_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, forget_machine);
}
