/* SPDX-License-Identifier: Apache-2.0
 * The chain of waits: whom each machine waits for, by what the seed says of all. */
#include "../../lib/test/testing.h"

#include "json.h"
#include "report/waits.h"
#include <string.h>

#define NODE(name, role, rest)                                                                                         \
    "{\"hostname\":\"" name "\",\"role\":\"" role "\",\"mac\":\"52:54:00:84:00:11\"," rest "}"
#define SPOKE(step, state, message)                                                                                    \
    "\"claim\":\"claimed\",\"since_ms\":5000,\"step\":\"" step "\",\"state\":\"" state "\",\"message\":\"" message "\""
#define SILENT "\"claim\":\"none\",\"since_ms\":null,\"step\":\"\",\"state\":\"\",\"message\":\"\""
#define WAITS SPOKE("bootstrap", "waiting", "for something")
#define READY SPOKE("ready", "ready", "node is Ready") ",\"ready\":true"
#define TICKET(state, minter, reason)                                                                                  \
    ",\"ticket\":{\"state\":\"" state "\",\"minter\":\"" minter "\",\"reason\":\"" reason "\"}"
#define SITE(state, holder, nodes)                                                                                     \
    "{\"site\":\"s\",\"bootstrap\":{\"state\":\"" state "\",\"holder\":\"" holder "\"},\"nodes\":[" nodes "]}"

static struct wait list[WAITS_MAX];

static size_t chain_of(const char *text, const char *hostname) {
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    if (json_parse(text, strlen(text), &tree, &err) < 0)
        fail_msg("%s", err.message);
    return waits_chain(tree, hostname, list);
}

static void assert_link(size_t i, const char *hostname, const char *code, const char *what) {
    assert_string_equal(list[i].hostname, hostname);
    assert_string_equal(list[i].code, code);
    if (!strstr(list[i].what, what))
        fail_msg("%s: %s is not there", list[i].what, what);
}

static void a_worker_waits_for_the_master_that_makes_the_cluster(void **state) {
    (void)state;
    const char *text =
        SITE("INITIALISING", "m1",
             NODE("m1", "master", SPOKE("bootstrap", "failed", "kubeadm: exit 1") ",\"code\":\"SR-INIT\"") "," NODE(
                 "w1", "worker", WAITS));
    assert_int_equal(chain_of(text, "w1"), 2);
    assert_link(0, "w1", "SR-WAIT-CLUSTER", "until m1 made the cluster (record INITIALISING)");
    assert_link(1, "m1", "SR-INIT", "step bootstrap failed: kubeadm: exit 1");
    assert_int_equal(list[1].since_ms, 5000);
}

static void nobody_has_asked_yet(void **state) {
    (void)state;
    assert_int_equal(chain_of(SITE("EMPTY", "", NODE("m1", "master", SILENT) "," NODE("w1", "worker", WAITS)), "w1"),
                     2);
    assert_link(0, "w1", "SR-WAIT-CLUSTER", "none has asked yet");
    assert_link(1, "m1", "", "never spoke to the seed: power it on");
    assert_int_equal(list[1].since_ms, -1);
}

static void a_machine_that_booted_and_stays_silent(void **state) {
    (void)state;
    assert_int_equal(chain_of(SITE("EMPTY", "", NODE("m1", "master", SILENT ",\"script_ms\":40000")), "m1"), 1);
    assert_link(0, "m1", "", "booted iPXE 40 s ago, silent since");
    assert_int_equal(chain_of(SITE("EMPTY", "", NODE("m1", "master", READY ",\"script_ms\":4000")), "m1"),
                     1); /* its last word was 5 s ago */
    assert_link(0, "m1", "", "booted iPXE 4 s ago, silent since");
    assert_int_equal(chain_of(SITE("EMPTY", "", NODE("m1", "master", READY ",\"script_ms\":6000")), "m1"), 1);
    assert_link(0, "m1", "", "is Ready");
}

static void masters_join_one_after_the_other(void **state) {
    (void)state;
    const char *text = SITE(
        "INITIALISED", "m1",
        NODE("m1", "master", READY) "," NODE(
            "m2", "master",
            SPOKE("bootstrap", "running", "kubeadm join") TICKET(
                "delivered", "", "")) "," NODE("m3", "master",
                                               WAITS TICKET("waiting", "",
                                                            "")) "," NODE("w1", "worker",
                                                                          WAITS TICKET("waiting", "",
                                                                                       "[SR-ETCD-HEALTH] no leader")));
    assert_int_equal(chain_of(text, "m3"), 2);
    assert_link(0, "m3", "SR-WAIT-TICKET", "until m2 joined: etcd takes one new master at a time");
    assert_link(1, "m2", "", "step bootstrap running: kubeadm join");
    assert_int_equal(chain_of(text, "w1"), 1);
    assert_link(0, "w1", "SR-WAIT-TICKET", "no master could mint: [SR-ETCD-HEALTH] no leader");
    assert_int_equal(chain_of(text, "m1"), 1);
    assert_true(list[0].ready);
}

static void a_ticket_waits_for_its_minter(void **state) {
    (void)state;
    const char *text = SITE(
        "INITIALISED", "m1",
        NODE("m1", "master", SPOKE("watch", "running", "follows the site")) "," NODE(
            "w1", "worker", WAITS TICKET("assigned", "m1", "")) "," NODE("w2", "worker", WAITS ",\"ticket\":null"));
    assert_int_equal(chain_of(text, "w1"), 2);
    assert_link(0, "w1", "SR-WAIT-TICKET", "which m1 mints");
    assert_int_equal(chain_of(text, "w2"), 2);
    assert_link(0, "w2", "SR-WAIT-TICKET", "no other master is Ready");
    assert_link(1, "m1", "", "step watch running");
}

static void a_second_master_waits_for_the_vote_of_the_first(void **state) {
    (void)state;
    const char *text =
        SITE("INITIALISED", "m1",
             NODE("m1", "master", READY) "," NODE(
                 "m2", "master",
                 SPOKE("bootstrap", "running", "kubeadm join")
                     TICKET("delivered", "", "")) "," NODE("m3", "master", WAITS TICKET("assigned", "m1", "")));
    assert_int_equal(chain_of(text, "m3"), 2);
    assert_link(0, "m3", "SR-WAIT-TICKET", "which m1 mints when m2 has its vote in etcd");
    assert_link(1, "m2", "", "step bootstrap running: kubeadm join");
}

static void people_are_waited_for(void **state) {
    (void)state;
    const char *text =
        SITE("QUARANTINE", "",
             NODE("m1", "master", "\"claim\":\"waiting\"") "," NODE("m2", "master", "\"claim\":\"denied\"") "," NODE(
                 "m3", "master", "\"claim\":\"disputed\"") "," NODE("w1", "worker", WAITS));
    assert_int_equal(chain_of(text, "m1"), 1);
    assert_link(0, "m1", "SR-CLAIM-APPROVAL", "approval");
    chain_of(text, "m2");
    assert_link(0, "m2", "SR-CLAIM-DENIED", "shut it out");
    chain_of(text, "m3");
    assert_link(0, "m3", "SR-CLAIM-DISPUTED", "52:54:00:84:00:11");
    chain_of(text, "w1");
    assert_link(0, "w1", "SR-RECORD-QUARANTINE", "QUARANTINE");
}

static void circles_and_strangers_end_it(void **state) {
    (void)state;
    const char *text = SITE("RESERVED", "m2", NODE("m1", "master", WAITS) "," NODE("m2", "master", WAITS));
    assert_int_equal(chain_of(text, "m2"), 1);
    assert_link(0, "m2", "", "it makes the cluster (record RESERVED)");
    assert_int_equal(chain_of(text, "m1"), 2);
    assert_int_equal(chain_of(SITE("EMPTY", "", NODE("m1", "master", WAITS) "," NODE("m2", "master", WAITS)), "m1"), 2);
    assert_int_equal(chain_of(text, "m9"), 0);
    assert_int_equal(chain_of("[]", "m1"), 0);
    assert_int_equal(chain_of("{\"nodes\":[5,null,{\"hostname\":7},{\"hostname\":\"m1\",\"code\":\"<b>\"}]}", "m1"), 1);
    assert_string_equal(list[0].code, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_waits_for_the_master_that_makes_the_cluster),
        cmocka_unit_test(nobody_has_asked_yet),
        cmocka_unit_test(a_machine_that_booted_and_stays_silent),
        cmocka_unit_test(masters_join_one_after_the_other),
        cmocka_unit_test(a_ticket_waits_for_its_minter),
        cmocka_unit_test(a_second_master_waits_for_the_vote_of_the_first),
        cmocka_unit_test(people_are_waited_for),
        cmocka_unit_test(circles_and_strangers_end_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
