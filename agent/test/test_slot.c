/* SPDX-License-Identifier: Apache-2.0
 * Etcd's one place for a learner: who may join, who is not disturbed, and which learner is removed. */
#include "worlds.h"

#include "member/slot.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct token tokens[1];
static size_t n_tokens;

static int fake_tokens(const struct role *role, struct token ret[static TOKENS_MAX], size_t *ret_count,
                       struct error *err) {
    (void)role;
    (void)err;
    memcpy(ret, tokens, n_tokens * sizeof(tokens[0]));
    *ret_count = n_tokens;
    return 0;
}
static struct cluster_member other; /* beside k8s-m1; no peer_url: none */

static int m1_and_other(int (*each)(const struct cluster_member *member, void *context, struct error *err),
                        void *context, struct error *err) {
    const struct cluster_member own = {.id = "1", .name = "k8s-m1", .peer_url = ""};
    return each(&own, context, err) < 0 ? -1 : other.peer_url ? each(&other, context, err) : 0;
}
static int fake_remove_learner(const char *id, struct error *err) {
    (void)err;
    called("remove_learner %s", id);
    return 0;
}

/* `peer_url`: of the other member; `joining`: whose token is there, or NULL. */
static int slot_with(const char *peer_url, bool learner, const char *joining, struct error *err) {
    if (!agent.role)
        machine_is("k8s-m1");
    *err = (struct error){0};
    other = (struct cluster_member){.id = "2", .name = "", .peer_url = peer_url, .learner = learner};
    tokens[0] = (struct token){.kind = TOKEN_TICKET};
    snprintf(tokens[0].hostname, sizeof(tokens[0].hostname), "%s", joining ? joining : "");
    n_tokens = joining ? 1 : 0;
    world.api_tokens = fake_tokens;
    world.etcd_each_member = m1_and_other;
    world.etcd_remove_learner = fake_remove_learner;
    return slot_is_free(&agent, "k8s-m3", err);
}
#define M2 "https://172.22.132.12:2380"
#define M3 "https://172.22.132.13:2380"
#define STRANGER "https://172.22.132.99:2380"

static void the_place_is_free(void **state) {
    (void)state;
    struct error err;
    assert_int_equal(slot_with(NULL, false, NULL, &err), 0);
    assert_int_equal(slot_with(NULL, false, "k8s-n1", &err), 0); /* a worker */
    assert_int_equal(slot_with(NULL, false, "k8s-m3", &err), 0); /* its own, from before */
    assert_int_equal(slot_with(M2, false, NULL, &err), 0);
    assert_int_equal(slot_with(M2, false, "k8s-m2", &err),
                     0); /* it has its vote; the seed may have forgotten its ticket */
    assert_calls("");
}

static void who_joins_is_not_disturbed(void **state) {
    (void)state;
    struct error err;
    assert_int_equal(slot_with(NULL, false, "k8s-m2", &err), -1); /* it may not have the certificates yet */
    assert_int_equal(err.errnum, EAGAIN);
    assert_string_equal(err.message, "k8s-m2 joins now");
    assert_int_equal(slot_with(M2, true, "k8s-m2", &err), -1);
    assert_int_equal(err.errnum, EAGAIN);
    assert_calls("");
}

static void a_learner_whose_join_ended_is_removed(void **state) {
    (void)state;
    struct error err;
    assert_int_equal(slot_with(M2, true, NULL, &err), 0);
    assert_calls("remove_learner 2");
    assert_int_equal(slot_with(M3, true, "k8s-m3", &err), 0); /* it asks, so it does not join */
    assert_calls("remove_learner 2");
    assert_int_equal(slot_with(STRANGER, true, "k8s-m3", &err), 0); /* its machine has left the site */
    assert_calls("remove_learner 2");
}

static int fake_remove_etcd_pod(const struct role *role, const char *hostname, struct error *err) {
    (void)role;
    (void)err;
    called("remove_pod %s", hostname);
    return 0;
}

/* kubeadm join would ask the etcd of a machine that is gone. */
static void pods_of_machines_that_are_no_members_go(void **state) {
    (void)state;
    struct error err = {0};
    assert_int_equal(slot_with(M2, false, NULL, &err), 0);
    world.api_remove_etcd_pod = fake_remove_etcd_pod;
    calls[0] = '\0';
    assert_int_equal(slot_drop_stale_pods(&agent, &err), 0);
    assert_calls("remove_pod k8s-m3");
    other.peer_url = NULL;
    assert_int_equal(slot_drop_stale_pods(&agent, &err), 0);
    assert_calls("remove_pod k8s-m2; remove_pod k8s-m3");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_place_is_free, forget_machine),
        cmocka_unit_test_teardown(who_joins_is_not_disturbed, forget_machine),
        cmocka_unit_test_teardown(a_learner_whose_join_ended_is_removed, forget_machine),
        cmocka_unit_test_teardown(pods_of_machines_that_are_no_members_go, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
