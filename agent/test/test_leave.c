/* SPDX-License-Identifier: Apache-2.0
 * A master that lost power in its join gives its vote in etcd back before it is wiped: by whom, and when it need not.
 */
#include "worlds.h"

#include "bootstrap/leave.h"
#include <errno.h>
#include <string.h>

static struct { bool quorum, votes, removable; } etcd_of_peers, etcd_own;

static bool asks_own(const char *address) {
    return !strcmp(address, "127.0.0.1");
}
static int fake_has_own_vote(const char *address, const struct role *role, bool *ret, struct error *err) {
    (void)role;
    called("ask %s", address);
    if (!(asks_own(address) ? etcd_own.quorum : etcd_of_peers.quorum))
        return error_set(err, ETIMEDOUT, "etcd: no answer");
    *ret = asks_own(address) ? etcd_own.votes : etcd_of_peers.votes;
    return 0;
}
static int fake_remove_own(const char *address, const struct role *role, struct error *err) {
    (void)role;
    called("remove %s", address);
    bool removable = asks_own(address) ? etcd_own.removable : etcd_of_peers.removable;
    etcd_own.removable = true; /* refused until it has been connected for 5 s */
    return removable ? 0 : error_set(err, EAGAIN, "etcdserver: unhealthy cluster");
}
static int fake_service_up(const char *name, struct error *err) {
    (void)err;
    called("up %s", name);
    return 0;
}
static int fake_leader_changes(unsigned long *ret, struct error *err) {
    (void)err;
    *ret = 1;
    return 0;
}

static int k8s_m2_leaves(struct error *err) {
    machine_is("k8s-m2");
    world.etcd_has_own_vote = fake_has_own_vote;
    world.etcd_remove_own = fake_remove_own;
    world.etcd_leader_changes = fake_leader_changes;
    world.service_up = fake_service_up;
    return leave_etcd(&agent, err);
}

static void another_masters_etcd_says_that_it_has_no_vote(void **state) {
    (void)state;
    struct error err = {0};
    etcd_of_peers.quorum = true;
    etcd_of_peers.votes = false; /* a learner, or removed already */
    assert_int_equal(k8s_m2_leaves(&err), 0);
    assert_calls("ask 172.22.132.11");
}

static void another_masters_etcd_removes_it(void **state) {
    (void)state;
    struct error err = {0};
    etcd_of_peers.quorum = etcd_of_peers.votes = etcd_of_peers.removable = true;
    assert_int_equal(k8s_m2_leaves(&err), 0);
    assert_calls("ask 172.22.132.11; remove 172.22.132.11");
}

/* Of two votes one is its own: there is no quorum before its etcd runs, and no removal before it ran for a while. */
static void without_it_there_is_no_quorum(void **state) {
    (void)state;
    struct error err = {0};
    etcd_of_peers.quorum = false;
    etcd_own.quorum = etcd_own.votes = true;
    etcd_own.removable = false;
    assert_int_equal(k8s_m2_leaves(&err), 0);
    assert_calls("ask 172.22.132.11; ask 172.22.132.13; up kubelet; "
                 "ask 172.22.132.11; ask 172.22.132.13; ask 127.0.0.1; remove 127.0.0.1; "
                 "ask 172.22.132.11; ask 172.22.132.13; ask 127.0.0.1; remove 127.0.0.1");
}

static void workers_and_older_releases_have_nothing_to_give_back(void **state) {
    (void)state;
    machine_is("k8s-n1");
    assert_false(leave_has_etcd(agent.role));
    machine_is("k8s-m2");
    agent.role->release = "v1.20.2";
    assert_false(leave_has_etcd(agent.role));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(another_masters_etcd_says_that_it_has_no_vote, forget_machine),
        cmocka_unit_test_teardown(another_masters_etcd_removes_it, forget_machine),
        cmocka_unit_test_teardown(without_it_there_is_no_quorum, forget_machine),
        cmocka_unit_test_teardown(workers_and_older_releases_have_nothing_to_give_back, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
