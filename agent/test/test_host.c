/* SPDX-License-Identifier: Apache-2.0
 * Step 8: what differs is told and nothing else is touched, in the order that keeps a machine reachable. */
#include "host_world.h"

static void a_settled_host_is_left_alone(void **state) {
    (void)state;
    host_is_settled();
    int done = host_done(&agent, &why, &err);
    if (done != 1)
        fail_msg("%s", buf_text(&why));
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("");
}

static void what_differs_is_told_and_done_alone(void **state) {
    (void)state;
    host_is_settled();
    differing = "hosts";
    swaps = 1;
    routes[n_routes - 1].gateway.bytes[3] ^= 1; /* a peer moved */
    assert_int_equal(host_done(&agent, &why, &err), 0);
    assert_string_equal(buf_text(&why), "differs: hosts, routes, swap");
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("write hosts /etc/hosts; route 10.244.7.0/24; no-route 10.244.7.0/24; swapoff");
}

static void the_clock_follows_the_site(void **state) {
    (void)state;
    host_is_settled();
    differing = "chrony.conf";
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("write chrony.conf /etc/chrony/chrony.conf; restart chronyd");
    differing = NULL;
    time_runs = false;
    assert_int_equal(host_done(&agent, &why, &err), 0);
    assert_string_equal(buf_text(&why), "differs: time");
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("write chrony.conf /etc/chrony/chrony.conf; up chronyd");
}

/* The machine is never without an address: its own first, then the lease goes. */
static void the_address_comes_before_the_lease_goes(void **state) {
    (void)state;
    host_is_settled();
    addresses[0] = address_of("172.22.132.150", 24);
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("up 3; net/ipv4/conf/test0/promote_secondaries=1; add 172.22.132.21/24; remove 172.22.132.150/24");
}

static void an_address_in_use_is_refused(void **state) {
    (void)state;
    host_is_settled();
    addresses[0] = address_of("172.22.132.150", 24);
    in_use = true;
    assert_int_equal(host_run(&agent, &err), -1);
    assert_string_equal(err.message, "address: address 172.22.132.21 is already in use by 02:00:00:00:00:66");
    assert_int_equal(err.code, SR_HOST_ADDRESS);
    assert_calls("up 3");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_settled_host_is_left_alone, start, end_host),
        cmocka_unit_test_setup_teardown(what_differs_is_told_and_done_alone, start, end_host),
        cmocka_unit_test_setup_teardown(the_clock_follows_the_site, start, end_host),
        cmocka_unit_test_setup_teardown(the_address_comes_before_the_lease_goes, start, end_host),
        cmocka_unit_test_setup_teardown(an_address_in_use_is_refused, start, end_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
