/* SPDX-License-Identifier: Apache-2.0
 * A member of etcd that becomes small again: whose turn it is, in which order, and what happens when etcd is full.
 */
#include "worlds.h"

#include "clock.h"
#include "maintenance/defragment.h"
#include <string.h>

#define MIB(n) ((uint64_t)(n) << 20)

static struct cluster_space space, after;
static uint64_t largest;
static const char *tried;
static bool serves;
static int refusal; /* of the seed; 0: none */

static int fake_space(struct cluster_space *ret, struct error *err) {
    (void)err;
    *ret = space;
    return 0;
}
static int fake_largest(uint64_t *ret, struct error *err) {
    (void)err;
    *ret = largest;
    return 0;
}
static int fake_defragment(struct error *err) {
    int result = step_of("defragmented", err);
    if (result == 0)
        space = after;
    return result;
}
static int fake_compact(struct error *err) {
    return step_of("compacted", err);
}
static int fake_disarm(struct error *err) {
    space.full = false;
    return step_of("disarmed", err);
}
static int fake_move(struct error *err) {
    return step_of("moved", err);
}
static int fake_take(const struct role *role, struct error *err) {
    (void)role;
    assert_false(space.full); /* nothing can be written */
    return step_of("lease", err);
}
static int fake_drop(const struct role *role, struct error *err) {
    (void)role;
    return step_of("lease-back", err);
}
static int fake_each_member(int (*each)(const struct cluster_member *, void *, struct error *), void *context,
                            struct error *err) {
    (void)each;
    (void)context;
    return serves ? 0 : error_set(err, EAGAIN, "etcd member `k8s-m3` is not healthy");
}
static int fake_read(const char *path, struct buf *ret, struct error *err) {
    const char *text = strstr(path, "defragmented") ? tried : "b";
    buf_adds(ret, text ? text : "");
    return text ? 0 : error_errno(err, ENOENT, "%s", path);
}
static int fake_note(const char *path, const void *data, size_t length, mode_t mode, struct error *err) {
    static char text[32];
    if (!strstr(path, "defragmented"))
        return fake_write(path, data, length, mode, err);
    snprintf(text, sizeof(text), "%.*s", (int)length, (const char *)data);
    tried = text;
    return 0;
}
static int fake_call(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                     unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    fake_record_call(client, method, path, body, timeout_s, ret_status, ret_body, err);
    if (refusal)
        return error_set(err, refusal, "seed: refused");
    if (ret_body) {
        *ret_body = cJSON_Parse("{\"token\":7,\"holder\":\"k8s-m1\"}");
        cJSON_AddNumberToObject(*ret_body, "since_ms", (double)clock_wall_ms());
    }
    return 0;
}

static void master_is(struct cluster_space now, struct cluster_space then) {
    machine_is("k8s-m1");
    world.etcd_space = fake_space;
    world.etcd_largest = fake_largest;
    world.etcd_defragment = fake_defragment;
    world.etcd_compact = fake_compact;
    world.etcd_disarm = fake_disarm;
    world.etcd_move_leader = fake_move;
    world.etcd_each_member = fake_each_member;
    world.lease_take = fake_take;
    world.lease_drop = fake_drop;
    world.file_read = fake_read;
    world.file_write = fake_note;
    world.seed_call = fake_call;
    space = now;
    after = then;
    largest = then.size;
    tried = failing_call = written_turn = NULL;
    serves = true;
}

static const struct slot_record order = {.soak_s = -1}; /* no wait in a test */
static const struct cluster_space
    loose = {.size = MIB(400), .used = MIB(50), .quota = MIB(2048), .sound = true},
    tight = {.size = MIB(50), .used = MIB(50), .quota = MIB(2048), .sound = true},
    full = {.size = MIB(2048), .used = MIB(300), .quota = MIB(2048), .full = true, .sound = true},
    freed = {.size = MIB(300), .used = MIB(300), .quota = MIB(2048), .full = true, .sound = true};

static void it_is_due_when_it_gains_and_once_an_hour(void **state) {
    (void)state;
    master_is(loose, tight);
    assert_true(defragment_due(&agent));
    tried = "1"; /* just after the boot, or long ago */
    assert_int_equal(defragment_due(&agent), clock_boottime_ms() >= 3600 * 1000);
    char now[32];
    snprintf(now, sizeof(now), "%lld", (long long)clock_boottime_ms());
    tried = now;
    assert_false(defragment_due(&agent));
    space = full;
    assert_true(defragment_due(&agent)); /* it has filled up since */
    space = freed;
    assert_false(defragment_due(&agent)); /* another one's turn takes the alarm back */
    master_is(tight, tight);
    assert_false(defragment_due(&agent));
    machine_is("k8s-n1");
    assert_false(defragment_due(&agent)); /* a worker has no etcd */
}

static void another_one_leads_by_then(void **state) {
    (void)state;
    struct error err = {0};
    master_is(loose, tight);
    assert_int_equal(defragment_once(&agent, &order, &err), 0);
    assert_calls("take ; step lease; lease; step leader; moved; step compact; step defragment; defragmented; step "
                 "disarm; step soak; step lease-back; lease; lease-back; back ");
    assert_string_equal(written_turn, "done");
    assert_non_null(tried);
    master_is(loose, tight);
    serves = false;
    assert_int_equal(defragment_once(&agent, &order, &err), -1);
    assert_calls(""); /* nothing begins */
    assert_null(tried);
    master_is(loose, tight);
    refusal = EEXIST; /* another master is first: it tries again */
    assert_int_equal(defragment_once(&agent, &order, &err), -1);
    assert_null(tried);
    refusal = EIO; /* a seed that does not know it */
    assert_int_equal(defragment_once(&agent, &order, &err), -1);
    assert_non_null(tried);
    refusal = 0;
}

static void of_those_that_are_full_the_last_one_takes_the_alarm_back(void **state) {
    (void)state;
    struct error err = {0};
    master_is(full, freed);
    largest = MIB(2048); /* another member is not small yet */
    assert_int_equal(defragment_once(&agent, &order, &err), 0);
    assert_calls("take ; step lease; step leader; moved; step compact; compacted; step defragment; defragmented; step "
                 "disarm; step soak; step lease-back; lease-back; back ");
    assert_true(space.full);
    master_is(full, freed);
    assert_int_equal(defragment_once(&agent, &order, &err), 0);
    assert_calls("take ; step lease; step leader; moved; step compact; compacted; step defragment; defragmented; step "
                 "disarm; disarmed; step soak; step lease-back; lease; lease-back; back ");
}

static void what_cannot_go_is_said(void **state) {
    (void)state;
    struct error err = {0};
    struct cluster_space still = full;
    still.used = still.size = MIB(2000);
    master_is(full, still);
    assert_int_equal(defragment_once(&agent, &order, &err), -1);
    assert_int_equal(err.code, SR_ETCD_FULL);
    assert_non_null(strstr(err.message, "etcd is full: 2000 MiB of 2048 are in use"));
    assert_non_null(strstr(calls, "fail SR-ETCD-FULL"));
    assert_null(strstr(calls, "disarmed"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_due_when_it_gains_and_once_an_hour),
                                       cmocka_unit_test(another_one_leads_by_then),
                                       cmocka_unit_test(of_those_that_are_full_the_last_one_takes_the_alarm_back),
                                       cmocka_unit_test(what_cannot_go_is_said)};
    return cmocka_run_group_tests(tests, NULL, forget_machine);
}
