/* SPDX-License-Identifier: Apache-2.0
 * HAProxy and Keepalived of a master that serves restart in its turn alone.
 */
#include "fake_clock.h"
#include "worlds.h"

#include "steps/rows.h"
#include <string.h>

static int refusals, refusal; /* how often the Lease is refused, and with what */
static bool serves;

static bool fake_running(const char *name) {
    return !strcmp(name, "kubelet") && serves;
}
static int fake_take(const struct role *role, struct error *err) {
    (void)role;
    called("take");
    return refusals-- > 0 ? error_set(err, refusal, "Lease seedrack-front: `k8s-m2` has it") : 0;
}
static int fake_drop(const struct role *role, struct error *err) {
    (void)role;
    (void)err;
    called("drop");
    return 0;
}
static int fake_front(const struct role *role, struct error *err) {
    (void)role;
    (void)err;
    if (!strstr(calls, "front"))
        called("front");
    return 0;
}
static int fake_text(const struct agent *a, const char *what, struct buf *ret, struct error *err) {
    (void)a;
    (void)err;
    assert_string_equal(what, "vrrp.rules");
    buf_adds(ret, "");
    return 0;
}
static int fake_firewall(const char *rules, const char *chain, unsigned protocol, struct error *err) {
    (void)rules;
    (void)chain;
    (void)protocol;
    (void)err;
    return 0;
}
#define LAID                                                                                                           \
    "write haproxy.cfg /etc/haproxy/haproxy.cfg; write haproxy.yaml /etc/kubernetes/manifests/haproxy.yaml; "          \
    "write keepalived.conf /etc/keepalived/keepalived.conf; write keepalived.yaml "                                    \
    "/etc/kubernetes/manifests/keepalived.yaml"

static void who_follows(void) {
    machine_is("k8s-m1");
    world.service_running = fake_running;
    world.lease_take_front = fake_take;
    world.lease_drop_front = fake_drop;
    world.api_front_ready = fake_front;
    world.rendered_apply = fake_apply;
    world.rendered_text = fake_text;
    world.firewall_apply = fake_firewall;
    world.own_link_find = fake_own_link_find;
    agent.journal.member = true;
    serves = true;
    refusals = 0;
}

static void assert_laid(const char *before, const char *behind) {
    char wanted[sizeof(calls)];
    struct error err = {0};
    assert_int_equal(control_run(&agent, &err), 0);
    snprintf(wanted, sizeof(wanted), "%s" LAID "%s", before, behind);
    assert_calls(wanted);
}

static void one_that_serves_waits_for_its_turn(void **state) {
    (void)state;
    who_follows();
    refusals = 2;
    refusal = EAGAIN;
    assert_laid("take; take; take; ", "; front; drop");
}

static void where_no_api_server_answers_nobody_waits_for_long(void **state) {
    (void)state;
    who_follows();
    refusals = 1000;
    refusal = EIO;
    int64_t begun = now_ms;
    assert_int_equal(control_run(&agent, &(struct error){0}), 0);
    assert_in_range(now_ms - begun, 5000, 5400);
    assert_non_null(strstr(calls, "take; take; "));
    assert_null(strstr(calls, "drop"));
    calls[0] = '\0';
    refusals = 3; /* an answer that does not come is no sign of it */
    assert_laid("take; take; take; take; ", "; front; drop");
}

static void one_that_does_not_serve_yet_takes_no_turn(void **state) {
    (void)state;
    who_follows();
    serves = false;
    assert_laid("", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_serves_waits_for_its_turn),
        cmocka_unit_test(where_no_api_server_answers_nobody_waits_for_long),
        cmocka_unit_test(one_that_does_not_serve_yet_takes_no_turn),
    };
    return cmocka_run_group_tests(tests, NULL, forget_machine);
}
