/* SPDX-License-Identifier: Apache-2.0
 * A master that restarts what does not follow: whose turn it is, in which order, and what is said to the seed.
 */
#include "worlds.h"

#include "clock.h"
#include "decide/paths.h"
#include "maintenance/restart.h"
#include "maintenance/slot.h"
#include <string.h>

static const char *stale, *leads;
static const char *looks; /* one letter a look: f follows, n not */

static int fake_read(const char *path, struct buf *ret, struct error *err) {
    if (strcmp(path, AGENT_STALE) != 0 || !stale)
        return error_errno(err, ENOENT, "%s", path);
    buf_adds(ret, stale);
    return 0;
}
static int fake_host(const struct role *role, char ret[static 64], struct error *err) {
    (void)role;
    (void)err;
    snprintf(ret, 64, "%s", leads);
    return 0;
}
static int fake_call(struct seed_client *client, const char *method, const char *path, const cJSON *body,
                     unsigned timeout_s, long *ret_status, cJSON **ret_body, struct error *err) {
    (void)client;
    (void)method;
    (void)timeout_s;
    (void)ret_status;
    (void)err;
    const char *word = strrchr(path, '/') + 1, *step = json_text(body, "step"), *code = json_text(body, "code");
    called("%s%s%s%s", word, step[0] || code[0] ? " " : "", step, code);
    if (ret_body) {
        cJSON *record = cJSON_Parse("{\"token\":7,\"holder\":\"k8s-m1\"}");
        cJSON_AddNumberToObject(record, "since_ms", (double)clock_wall_ms());
        *ret_body = record;
    }
    return 0;
}
static int fake_each_member(int (*each)(const struct cluster_member *, void *, struct error *), void *context,
                            struct error *err) {
    (void)each;
    (void)context;
    (void)err;
    return 0;
}
static int fake_lease(const struct role *role, struct error *err) {
    (void)role;
    (void)err;
    return 0;
}
static int fake_await(const char *folder, bool (*holds)(const void *), const void *context, unsigned timeout_s,
                      struct error *err) {
    (void)holds;
    (void)context;
    assert_string_equal(folder, AGENT_RUN);
    assert_true(timeout_s >= 60 && *looks);
    return *looks++ == 'f' ? 0 : error_set(err, ETIMEDOUT, "late");
}
static bool in_vain;
static int fake_write_any(const char *path, const void *data, size_t length, mode_t mode, struct error *err) {
    if (!strcmp(path, "/etc/kubernetes/seedrack-turn.json"))
        return fake_write(path, data, length, mode, err);
    assert_string_equal(path, AGENT_RUN "/restart-in-vain");
    in_vain = true;
    return 0;
}
static int fake_controllers(struct error *err) {
    (void)err;
    called("controllers-end");
    return 0;
}
static bool fake_run(void) {
    return true;
}
static int fake_api(int grace_ms, struct error *err) {
    (void)grace_ms;
    (void)err;
    called("api-ends");
    return 0;
}

static void master_is(const char *what, const char *each_look) {
    machine_is("k8s-m1");
    world.file_read = fake_read;
    world.api_controllers_host = fake_host;
    world.seed_call = fake_call;
    world.file_write = fake_write_any;
    world.runtime_of = fake_plain_runtime;
    world.etcd_each_member = fake_each_member;
    world.lease_take = world.lease_drop = fake_lease;
    world.await_in = fake_await;
    world.process_stop_controllers = fake_controllers;
    world.process_controllers_run = fake_run;
    world.process_stop_api_server = fake_api;
    stale = what;
    leads = "k8s-m1";
    looks = each_look;
    in_vain = false;
}

static void who_restarts(void **state) {
    (void)state;
    static const struct {
        const char *stale, *leads;
        bool due;
    } rows[] = {{NULL, "k8s-m1", false},          {"api-server", "k8s-m2", true}, {"controllers", "k8s-m1", true},
                {"controllers", "k8s-m2", false}, {"controllers", "", false},     {"dance", "k8s-m1", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        master_is(rows[i].stale, "");
        leads = rows[i].leads;
        assert_int_equal(restart_due(&agent), rows[i].due);
    }
    machine_is("k8s-n1");
    assert_false(restart_due(&agent));
}

#define ENDS "; step soak; step lease-back; back"
static void what_restarts(void **state) {
    (void)state;
    static const struct {
        const char *stale, *looks, *calls;
        bool ok;
    } rows[] = {
        {"controllers", "ff", "take; step lease; step controllers; controllers-end; step api-server; step look" ENDS,
         true},
        {"controllers", "nf",
         "take; step lease; step controllers; controllers-end; step api-server; api-ends; step look" ENDS, true},
        {"api-server", "nf", "take; step lease; step controllers; step api-server; api-ends; step look" ENDS, true},
        {"controllers", "nn",
         "take; step lease; step controllers; controllers-end; step api-server; api-ends; step look; fail "
         "SR-CACHE-STALE",
         false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slot_record record = {.closed = true, .soak_s = 1};
        struct error err = {0};
        master_is(rows[i].stale, rows[i].looks);
        assert_int_equal(restart_once(&agent, &record, &err) == 0, rows[i].ok);
        assert_calls(rows[i].calls);
        assert_string_equal(looks, "");
        assert_int_equal(in_vain, !rows[i].ok);
    }
}

static void an_abort_ends_one_that_halted(void **state) {
    (void)state;
    struct slot_record record = {.mine = true, .running = true, .aborted = true};
    struct error err = {0};
    master_is("controllers", "");
    assert_int_equal(restart_once(&agent, &record, &err), 0);
    assert_calls("take; back");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(who_restarts, forget_machine),
        cmocka_unit_test_teardown(what_restarts, forget_machine),
        cmocka_unit_test_teardown(an_abort_ends_one_that_halted, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
