/* SPDX-License-Identifier: Apache-2.0
 * The runner of the steps: what a row's fields mean, in the order in which a machine meets them. */
#include "worlds.h"

#include "runner.h"
#include <string.h>

static struct error err;
static bool done[4];
static int failures; /* so many runs fail first */

static int look(size_t i, struct buf *why) {
    called("done %zu", i);
    buf_adds(why, "it differs");
    return done[i];
}
static int act(size_t i, struct error *e) {
    called("run %zu", i);
    if (failures > 0) {
        failures--;
        return error_set(e, EIO, "no");
    }
    done[i] = true;
    return 0;
}
#define ROW(i)                                                                                                         \
    static int done_##i(struct agent *a, struct buf *why, struct error *e) {                                           \
        (void)a;                                                                                                       \
        (void)e;                                                                                                       \
        return look(i, why);                                                                                           \
    }                                                                                                                  \
    static int run_##i(struct agent *a, struct error *e) {                                                             \
        (void)a;                                                                                                       \
        return act(i, e);                                                                                              \
    }
ROW(0)
ROW(1)
ROW(2)
ROW(3)

static int before_run(struct agent *a, struct error *e) {
    (void)a;
    (void)e;
    called("before");
    return 0;
}
static int before_fails_once(struct agent *a, struct error *e) {
    (void)a;
    called("before");
    return failures-- > 0 ? error_set(e, EIO, "the role cannot be read") : 0;
}
static int leave(struct agent *a, struct error *e) {
    (void)e;
    called("leave");
    a->leave = true;
    return 0;
}

static int start(void **state) {
    (void)state;
    machine_is("k8s-n1");
    err = (struct error){0};
    memset(done, 0, sizeof(done));
    failures = 0;
    return 0;
}

static void steps_run_from_the_top_and_done_ones_do_not(void **state) {
    (void)state;
    const struct step table[] = {{"one", SR_LINK, done_0, run_0, .wanted = NULL},
                                 {"two", SR_LINK, done_1, run_1, .wanted = NULL},
                                 {"three", SR_LINK, done_2, run_2, .wanted = NULL}};
    done[1] = true;
    assert_int_equal(runner_run(&agent, table, 3, &err), 0);
    assert_calls("done 0; run 0; done 1; done 2; run 2");
    assert_int_equal(runner_run(&agent, table, 3, &err), 0); /* a second run is the same case */
    assert_calls("done 0; done 1; done 2");
    assert_int_equal(agent.step, 3);
    assert_int_equal(agent.n_steps, 3);
}

static void a_step_is_repeated_until_it_is_done_and_looks_each_time(void **state) {
    (void)state;
    const struct step table[] = {{"one", SR_DISK, done_0, run_0, .before = before_run}};
    failures = 1;
    assert_int_equal(runner_run(&agent, table, 1, &err), 0);
    assert_calls("done 0; before; run 0; done 0; before; run 0");
    bool told = false; /* with the row's code, where the failure has none */
    for (size_t i = 0; i < agent.events.n; i++)
        told |= !strcmp(agent.events.list[i].state, "failed") && agent.events.list[i].code == SR_DISK;
    assert_true(told);
}

static void what_fails_before_a_step_keeps_it_from_running(void **state) {
    (void)state;
    const struct step table[] = {{"one", SR_DISK, done_0, run_0, .before = before_fails_once}};
    failures = 1;
    assert_int_equal(runner_run(&agent, table, 1, &err), 0);
    assert_calls("done 0; before; done 0; before; run 0");
}

static void a_step_for_masters_is_not_a_workers(void **state) {
    (void)state;
    const struct step table[] = {{"one", SR_LINK, done_0, run_0, .wanted = role_is_master, .needs_role = true},
                                 {"two", SR_LINK, done_1, run_1, .wanted = NULL}};
    assert_int_equal(runner_run(&agent, table, 2, &err), 0);
    assert_calls("done 1; run 1");
    machine_is("k8s-m1");
    assert_int_equal(runner_run(&agent, table, 2, &err), 0);
    assert_calls("done 0; run 0; done 1");
}

static void the_initramfs_ends_where_a_step_says_so(void **state) {
    (void)state;
    const struct step table[] = {{"one", SR_LINK, done_0, leave, .wanted = NULL},
                                 {"two", SR_LINK, done_1, run_1, .wanted = NULL}};
    assert_int_equal(runner_run(&agent, table, 2, &err), 0);
    assert_calls("done 0; leave");
}

static void a_running_machine_follows_the_site_with_some_steps_alone(void **state) {
    (void)state;
    const struct step table[] = {{"one", SR_LINK, done_0, run_0, .wanted = NULL},
                                 {"two", SR_LINK, done_1, run_1, .follows_site = true},
                                 {"three", SR_LINK, done_2, run_2, .wanted = role_is_master, .follows_site = true},
                                 {"four", SR_LINK, done_3, run_3, .follows_site = true}};
    memset(done, true, sizeof(done));
    assert_int_equal(runner_run(&agent, table, 4, &err), 0);
    calls[0] = '\0';
    memset(done, false, sizeof(done));
    done[3] = true;
    assert_int_equal(agent.follow_site(&agent, &err), 0);
    assert_calls("done 1; run 1; done 3");
    done[1] = false;
    failures = 1; /* an error is the caller's: it is not repeated here */
    assert_int_equal(agent.follow_site(&agent, &err), -1);
    assert_string_equal(err.message, "step two: no");
    assert_calls("done 1; run 1");
}

static void a_plan_changes_nothing(void **state) {
    (void)state;
    const struct step table[] = {{"one", SR_LINK, done_0, run_0, .wanted = NULL},
                                 {"two", SR_LINK, done_1, run_1, .wanted = role_is_master, .needs_role = true},
                                 {"three", SR_LINK, done_2, run_2, .needs_role = true}};
    cleanup_buf struct buf text = BUF_INIT(4096);
    done[2] = true;
    assert_int_equal(runner_plan(&agent, table, 3, &text, &err), 0);
    assert_string_equal(buf_text(&text), "one        run      it differs\n"
                                         "two        skip     not for a worker\n"
                                         "three      done     it differs\n");
    assert_calls("done 0; done 2");
    forget_machine(NULL);
    buf_clear(&text);
    assert_int_equal(runner_plan(&agent, table, 3, &text, &err), 0);
    assert_non_null(strstr(buf_text(&text), "three      unknown  no role document yet\n"));
    assert_calls("done 0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, forget_machine)
int main(void) {
    const struct CMUnitTest tests[] = {TEST(steps_run_from_the_top_and_done_ones_do_not),
                                       TEST(a_step_is_repeated_until_it_is_done_and_looks_each_time),
                                       TEST(what_fails_before_a_step_keeps_it_from_running),
                                       TEST(a_step_for_masters_is_not_a_workers),
                                       TEST(the_initramfs_ends_where_a_step_says_so),
                                       TEST(a_running_machine_follows_the_site_with_some_steps_alone),
                                       TEST(a_plan_changes_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
