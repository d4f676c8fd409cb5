/* SPDX-License-Identifier: Apache-2.0
 * The guard of the VIP: who answers for it by ARP. */
#include "worlds.h"

#include "member/guard.h"
#include <arpa/inet.h>

static const char *vip_owner, *m2_owner; /* MACs, NULL: silent */

static int fake_arp_probe(int ifindex, const char *own_mac, struct in_addr address, int timeout_ms, bool *ret_taken,
                          char ret_mac[18], struct error *err) {
    (void)ifindex;
    (void)own_mac;
    (void)timeout_ms;
    (void)err;
    const char *owner = address.s_addr == agent.role->vip.in.s_addr ? vip_owner : m2_owner;
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address, text, sizeof(text));
    called("who-has %s", text);
    *ret_taken = owner != NULL;
    snprintf(ret_mac, 18, "%s", owner ? owner : "");
    return 0;
}

static void a_stranger_at_the_vip_is_told_once(void **state) {
    (void)state;
    struct guard guard = {0};
    machine_is("k8s-m1");
    world.own_link_find = fake_own_link_find;
    world.arp_probe = fake_arp_probe;
    vip_owner = "02:00:00:00:00:66";
    m2_owner = "52:54:00:84:00:12";
    guard_vip(&agent, &guard);
    guard_vip(&agent, &guard);
    assert_string_equal(guard.told, "02:00:00:00:00:66");
    assert_int_equal(agent.events.n, 1);
    assert_int_equal(agent.events.list[0].code, SR_VIP_STOLEN);
    vip_owner = "52:54:00:84:00:12"; /* of a master */
    guard_vip(&agent, &guard);
    assert_string_equal(guard.told, "");
    assert_int_equal(agent.events.n, 2);
    assert_string_equal(agent.events.list[1].state, "ready");
    calls[0] = '\0';
    vip_owner = NULL; /* we have it, or nobody */
    guard_vip(&agent, &guard);
    assert_calls("who-has 172.22.132.10");
    assert_int_equal(agent.events.n, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_stranger_at_the_vip_is_told_once, forget_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
