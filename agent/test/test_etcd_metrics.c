/* SPDX-License-Identifier: Apache-2.0
 * Texts as etcd 3.4 writes them. */
#include "../../lib/test/testing.h"

#include "etcd_metrics.h"

#define PEER(id) "etcd_network_peer_round_trip_time_seconds_count{To=\"" id "\"} 64\n"
#define BUCKET "etcd_network_peer_round_trip_time_seconds_bucket{To=\"1697e8c272fd3b0b\",le=\"0.0001\"} 64\n"
#define HELP "# HELP etcd_server_has_leader Whether or not a leader exists. 1 is existence, 0 is not.\n# TYPE etcd_server_has_leader gauge\n"

static void a_pair_without_a_leader(void **state) {
    (void)state;
    assert_true(etcd_metrics_waits_for_one(BUCKET PEER("1697e8c272fd3b0b") HELP "etcd_server_has_leader 0\n"));
    assert_true(etcd_metrics_waits_for_one(HELP "etcd_server_has_leader 0\n" PEER("1697e8c272fd3b0b")));
    assert_true(etcd_metrics_waits_for_one(PEER("1697e8c272fd3b0b") "etcd_server_has_leader 0"));
}

static void everything_else(void **state) {
    (void)state;
    assert_false(etcd_metrics_waits_for_one(""));
    assert_false(etcd_metrics_waits_for_one(HELP "etcd_server_has_leader 0\n"));                                /* alone */
    assert_false(etcd_metrics_waits_for_one(PEER("1697e8c272fd3b0b") HELP "etcd_server_has_leader 1\n"));       /* it has one */
    assert_false(etcd_metrics_waits_for_one(PEER("1697e8c272fd3b0b") HELP));                                    /* it does not say */
    assert_false(etcd_metrics_waits_for_one(PEER("1697e8c272fd3b0b") PEER("ab") "etcd_server_has_leader 0\n")); /* two of three are lost: a person's decision */
    assert_false(etcd_metrics_waits_for_one(BUCKET "etcd_server_has_leader 0\n"));
    assert_false(etcd_metrics_waits_for_one(PEER("1697e8c272fd3b0b") "x etcd_server_has_leader 0\n"));
    assert_false(etcd_metrics_waits_for_one(PEER("1697e8c272fd3b0b") "etcd_server_has_leader 01\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_pair_without_a_leader), cmocka_unit_test(everything_else)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
