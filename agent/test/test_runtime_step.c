/* SPDX-License-Identifier: Apache-2.0
 * Step 9, the container runtime: when it restarts, when it gets its store, and which image is missing. */
#include "worlds.h"

#include "effects/runtime.h"
#include "steps/rows.h"

static struct error err;
static struct buf why = BUF_INIT(1024);

static int start(void **state) {
    (void)state;
    err = (struct error){0};
    buf_clear(&why);
    return 0;
}
static int end(void **state) {
    buf_free(&why);
    return forget_machine(state);
}

static bool runs, held;
static int fake_wait(unsigned timeout_s, struct error *e) {
    (void)timeout_s;
    return step_of("wait", e);
}
static int fake_has_image(const char *image, const char *folder, bool *ret, struct error *e) {
    (void)image;
    (void)folder;
    (void)e;
    *ret = held;
    return 0;
}
static int fake_beside(struct error *e) {
    return step_of("beside", e);
}
static int fake_lay_all(struct error *e) {
    return step_of("store", e);
}
static const struct runtime_ops fake_runtimes[] = {{.service = "docker",
                                                    .document = "daemon.json",
                                                    .config = "/etc/docker/daemon.json",
                                                    .wait = fake_wait,
                                                    .has_image = fake_has_image},
                                                   {.service = "containerd",
                                                    .document = "containerd.toml",
                                                    .config = "/etc/containerd/config.toml",
                                                    .configures_v2 = true,
                                                    .wait = fake_wait,
                                                    .has_image = fake_has_image,
                                                    .lay_all = fake_lay_all}};
static const struct runtime_ops *fake_runtime_of(enum runtime runtime) {
    return &fake_runtimes[runtime];
}
static bool fake_running(const char *name) {
    (void)name;
    return runs;
}
static int fake_up(const char *name, struct error *e) {
    (void)name;
    return step_of("up", e);
}
static int fake_restart(const char *name, struct error *e) {
    (void)name;
    return step_of("restart", e);
}

/* Nothing was ever written of registries. */
static int no_file(const char *path, struct buf *ret, struct error *e) {
    (void)ret;
    return error_errno(e, ENOENT, "read `%s`", path);
}

static void runtime_world(void) {
    machine_is("k8s-n1");
    failing_call = NULL;
    world = (struct world){.file_read = no_file,
                           .runtime_of = fake_runtime_of,
                           .rendered_differs = fake_differs,
                           .rendered_apply = fake_apply,
                           .service_running = fake_running,
                           .service_up = fake_up,
                           .service_restart = fake_restart,
                           .beside_mount = fake_beside};
}

static void the_runtime_restarts_for_a_changed_configuration_alone(void **state) {
    (void)state;
    differing = NULL;
    runs = held = true;
    runtime_world();
    agent.role->runtime = RUNTIME_DOCKER;
    assert_int_equal(runtime_done(&agent, &why, &err), 1);
    differing = "daemon.json";
    assert_int_equal(runtime_done(&agent, &why, &err), 0);
    assert_string_equal(buf_text(&why), "docker is not configured");
    assert_int_equal(runtime_run(&agent, &err), 0);
    assert_calls("write daemon.json /etc/docker/daemon.json; restart; wait");
    runs = false;
    assert_int_equal(runtime_run(&agent, &err), 0);
    assert_calls("write daemon.json /etc/docker/daemon.json; beside; up; wait");
}

/* It gets its store before it starts and never while it runs; containerd 1.x has no configuration of ours. */
static void containerd_gets_its_store_first(void **state) {
    (void)state;
    differing = "containerd.toml";
    runs = false;
    held = true;
    runtime_world();
    assert_int_equal(runtime_run(&agent, &err), 0);
    assert_calls("write containerd.toml /etc/containerd/config.toml; beside; store; up; wait");
    runs = true;
    assert_int_equal(runtime_run(&agent, &err), 0);
    assert_calls("write containerd.toml /etc/containerd/config.toml; restart; wait");
    agent.role->release = "v1.20.2";
    runs = false;
    assert_int_equal(runtime_run(&agent, &err), 0);
    assert_calls("beside; store; up; wait");
    failing_call = "store";
    assert_int_equal(runtime_run(&agent, &err), -1);
}

static void an_image_that_is_nowhere_is_named(void **state) {
    (void)state;
    runs = true;
    held = false;
    differing = NULL;
    runtime_world();
    assert_int_equal(runtime_run(&agent, &err), -1);
    assert_int_equal(err.code, SR_IMAGE_MISSING);
    assert_non_null(strstr(err.remedy, "rebuild the layers"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_runtime_restarts_for_a_changed_configuration_alone, start, end),
        cmocka_unit_test_setup_teardown(containerd_gets_its_store_first, start, end),
        cmocka_unit_test_setup_teardown(an_image_that_is_nowhere_is_named, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
