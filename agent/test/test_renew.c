/* SPDX-License-Identifier: Apache-2.0
 * New certificates in the maintenance slot: what is said to the seed, what restarts in which order, and where it stops.
 */
#include "worlds.h"

#include "maintenance/renew.h"
#include "maintenance/slot.h"
#include "clock.h"
#include <string.h>

static bool healthy, refused;
static const struct slot_record no_order;
static int64_t seed_ahead_ms;
static const char *fails; /* the word before which something fails */

static int fake_call(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                     unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    (void)client;
    (void)timeout_s;
    (void)ret_status;
    assert_string_equal(method, "POST");
    const char *word = strrchr(path, '/') + 1, *step = json_text(body, "step"), *code = json_text(body, "code");
    called("%s%s%s%s", word, step[0] || code[0] ? " " : "", step, code);
    if (!strcmp(word, "fail")) { /* with the remedy, where there is one */
        assert_non_null(strstr(json_text(body, "message"), "k8s-m1: "));
        assert_int_equal(seed_ahead_ms != 0, strstr(json_text(body, "message"), "; compare both") != NULL);
    }
    if (refused)
        return error_set(err, EPERM, "seed: this machine has not got the slot");
    if (strcmp(word, "take") != 0)
        assert_int_equal(json_number(body, "token", 0), 7);
    if (ret_body) {
        cJSON *record = cJSON_Parse("{\"token\":7,\"holder\":\"k8s-m1\"}");
        cJSON_AddNumberToObject(record, "since_ms", (double)(clock_wall_ms() + seed_ahead_ms));
        *ret_body = record;
    }
    return 0;
}
static int fake_each_member(int (*each)(const struct cluster_member *, void *, struct error *), void *context,
                            struct error *err) {
    (void)each;
    (void)context;
    return healthy ? 0 : error_set(err, EAGAIN, "etcd member `k8s-m3` is not healthy");
}
static int done_or_not(const char *word, struct error *err) {
    called("%s", word);
    return fails && !strcmp(fails, word) ? error_set(err, EIO, "%s does not", word) : 0;
}
static int fake_lease(const struct role *role, struct error *err) {
    (void)role;
    return done_or_not("lease", err);
}
static int fake_move(struct error *err) {
    return done_or_not("move", err);
}
static int fake_stop_etcd(struct error *err) {
    return done_or_not("etcd-ends", err);
}
static int fake_stop_api(int grace_ms, struct error *err) {
    assert_true(grace_ms >= 10000);
    return done_or_not("api-ends", err);
}
static int fake_stop_controllers(struct error *err) {
    return done_or_not("controllers-end", err);
}
static int fake_render(const struct agent *of, const char *document, const char *path, mode_t mode, struct error *err) {
    (void)of;
    (void)document;
    (void)path;
    (void)mode;
    return done_or_not("render", err);
}
static int fake_child(const char *const *argv, const struct child_options *options, struct buf *output,
                      struct error *err) {
    (void)options;
    (void)output;
    return done_or_not(argv[2], err);
}
static int fake_sync(const char *path, struct error *err) {
    (void)path;
    (void)err;
    return 0;
}
static int fake_read(const char *path, struct buf *ret, struct error *err) {
    (void)path;
    (void)err;
    buf_adds(ret, "admin");
    return 0;
}
static int fake_mkdirs(const char *path, mode_t mode, struct error *err) {
    (void)path;
    (void)mode;
    (void)err;
    return 0;
}
static int fake_ensure(const char *path, const void *text, size_t length, mode_t mode, struct error *err) {
    (void)text;
    (void)length;
    (void)err;
    assert_int_equal(mode, 0600);
    called("%s", path);
    return 0;
}

static bool pressing; /* they end tomorrow */
static int fake_list(struct certificate ret[static CERTIFICATES_MAX], size_t *ret_n, struct error *err) {
    (void)err;
    ret[0] = (struct certificate){.name = "apiserver",
                                  .owner = CERTIFICATE_OF_KUBEADM,
                                  .ends = clock_wall_ms() / 1000 + (pressing ? 1 : 300) * 86400};
    *ret_n = 1;
    return 0;
}

static void master_is(bool well, const char *what_fails) {
    machine_is("k8s-m1");
    world.seed_call = fake_call;
    world.probe_clock = fake_probe_clock;
    clock_ahead_ms = 0;
    world.file_write = fake_write;
    world.runtime_of = fake_plain_runtime;
    world.certificates_list = fake_list;
    pressing = false;
    world.etcd_each_member = fake_each_member;
    world.lease_take = fake_lease;
    world.etcd_move_leader = fake_move;
    world.process_stop_etcd = fake_stop_etcd;
    world.process_stop_api_server = fake_stop_api;
    world.process_stop_controllers = fake_stop_controllers;
    world.rendered_apply = fake_render;
    world.child_run = fake_child;
    world.file_sync_tree = fake_sync;
    world.file_read = fake_read;
    world.file_mkdirs = fake_mkdirs;
    world.file_ensure = fake_ensure;
    healthy = well;
    refused = false;
    seed_ahead_ms = 0;
    fails = what_fails;
}

static void nothing_begins_while_another_master_is_away(void **state) {
    (void)state;
    struct error err = {0};
    master_is(false, NULL);
    assert_int_equal(renew_once(&agent, &no_order, &err), -1);
    assert_calls("");
    assert_string_equal(err.message, "renew: nothing begins: etcd member `k8s-m3` is not healthy");
}

static void nothing_begins_while_the_clock_is_off(void **state) {
    (void)state;
    struct error err = {0};
    master_is(true, NULL);
    clock_ahead_ms = 3200;
    assert_int_equal(renew_once(&agent, &no_order, &err), -1);
    assert_calls("");
    assert_string_equal(err.message, "renew: nothing begins: this machine's clock is 3.2 s ahead of the seed's");
    assert_int_equal(err.code, SR_CLOCK_OFF);
    clock_ahead_ms = -1001;
    assert_int_equal(renew_once(&agent, &no_order, &err), -1);
    assert_non_null(strstr(err.message, "1.0 s behind the seed's"));
    clock_ahead_ms = 1000;
    fails = "render";
    assert_int_equal(renew_once(&agent, &no_order, &err), -1);
    assert_calls("take; step lease; lease; step certificates; render; fail SR-MAINTENANCE");
    pressing = true; /* they end tomorrow: it does not wait */
    clock_ahead_ms = 3200;
    assert_int_equal(renew_once(&agent, &no_order, &err), -1);
    assert_calls("take; step lease; lease; step certificates; render; fail SR-MAINTENANCE");
}

static void who_has_not_got_the_slot_does_nothing(void **state) {
    (void)state;
    struct error err = {0};
    master_is(true, NULL);
    refused = true;
    assert_int_equal(renew_once(&agent, &no_order, &err), -1);
    assert_calls("take");
    pressing = true; /* then the Lease alone orders the masters */
    fails = "render";
    assert_int_equal(renew_once(&agent, &no_order, &err), -1);
    assert_calls("take; lease; lease; render");
}

#define BEGINS "take; step lease; lease; step certificates; render; renew; /root/.kube/config"
static void a_step_that_fails_halts_the_order(void **state) {
    (void)state;
    static const struct {
        const char *fails, *calls;
    } rows[] = {
        {"renew", "take; step lease; lease; step certificates; render; renew; fail SR-CERT-RENEW"},
        {"move", BEGINS "; step etcd; move; fail SR-MAINTENANCE"},
        {"etcd-ends", BEGINS "; step etcd; move; etcd-ends; fail SR-MAINTENANCE"},
        {"api-ends", BEGINS "; step etcd; move; etcd-ends; step api-server; api-ends; fail SR-MAINTENANCE"},
        {"controllers-end", BEGINS "; step etcd; move; etcd-ends; step api-server; api-ends; step controllers; "
                                   "controllers-end; fail SR-MAINTENANCE"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {0};
        master_is(true, rows[i].fails);
        assert_int_equal(renew_once(&agent, &no_order, &err), -1);
        assert_calls(rows[i].calls);
        assert_non_null(strstr(err.message, "renew: "));
    }
}

static void nothing_is_renewed_by_a_clock_that_is_wrong(void **state) {
    (void)state;
    static const int64_t year_ms = INT64_C(365) * 24 * 3600 * 1000;
    for (int i = 0; i < 2; i++) {
        struct error err = {0};
        master_is(true, NULL);
        seed_ahead_ms = i ? year_ms : -year_ms;
        assert_int_equal(renew_once(&agent, &no_order, &err), -1);
        assert_calls("take; step lease; fail SR-MAINTENANCE");
        assert_non_null(strstr(err.message, i ? "the clock is 31536000 s behind the seed's"
                                              : "the clock is 31536000 s ahead of the seed's"));
    }
}

static const char *record_text;
static int fake_record(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                       unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    (void)client;
    (void)method;
    (void)body;
    (void)ret_status;
    (void)err;
    assert_string_equal(path, "/v1/maintenance?version=3&wait=55");
    assert_true(timeout_s > 55);
    *ret_body = cJSON_Parse(record_text);
    return 0;
}

#define RECORD(state, holder, waiting)                                                                                 \
    "{\"version\":4,\"kind\":\"renew\",\"state\":\"" state "\",\"holder\":\"" holder "\",\"waiting\":" waiting "}"
static void whose_turn_it_is(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool ok, closed, running, mine, my_turn;
    } rows[] = {
        {RECORD("CLOSED", "", "[]"), true, true, false, false, false},
        {RECORD("RUNNING", "", "[\"k8s-m2\",\"k8s-m3\"]"), true, false, true, false, true},
        {RECORD("RUNNING", "", "[\"k8s-m1\",\"k8s-m2\"]"), true, false, true, false, false},
        {RECORD("RUNNING", "k8s-m1", "[\"k8s-m2\"]"), true, false, true, false, false},
        {RECORD("PAUSED", "", "[\"k8s-m2\"]"), true, false, false, false, false},
        {RECORD("PAUSED", "k8s-m2", "[]"), true, false, false, true, false},
        {RECORD("HALTED", "</b>", "[]"), false, false, false, false, false},
        {RECORD("RUNNING", "k8s-m2", "[]"), true, false, true, true, false},
        {"{\"version\":0,\"state\":\"CLOSED\"}", false, false, false, false, false},
        {"[]", false, false, false, false, false},
        {"", false, false, false, false, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slot_record record = {.version = 3};
        struct error err = {0};
        machine_is("k8s-m2");
        world.seed_call = fake_record;
        world.file_read = fake_read; /* no turn that it could make sense of */
        record_text = rows[i].text;
        assert_int_equal(slot_look(&agent, 55, &record, &err) == 0, rows[i].ok);
        if (!rows[i].ok)
            continue;
        assert_int_equal(record.version, 4);
        assert_int_equal(record.closed, rows[i].closed);
        assert_int_equal(record.running, rows[i].running);
        assert_int_equal(record.mine, rows[i].mine);
        assert_int_equal(record.my_turn, rows[i].my_turn);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nothing_begins_while_the_clock_is_off, forget_machine),
        cmocka_unit_test_teardown(nothing_begins_while_another_master_is_away, forget_machine),
        cmocka_unit_test_teardown(who_has_not_got_the_slot_does_nothing, forget_machine),
        cmocka_unit_test_teardown(a_step_that_fails_halts_the_order, forget_machine),
        cmocka_unit_test_teardown(nothing_is_renewed_by_a_clock_that_is_wrong, forget_machine),
        cmocka_unit_test_teardown(whose_turn_it_is, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
