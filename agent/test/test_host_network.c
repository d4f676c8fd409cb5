/* SPDX-License-Identifier: Apache-2.0
 * The network of step 8: one over which the seed answers is kept, and a machine goes back from one that loses it. */
#include "host_world.h"

/* The document's network becomes this one; role_free() frees what the text was before. */
static void document_says(const char *key, const char *json) {
    cJSON *network = cJSON_GetObjectItemCaseSensitive(agent.role->tree, "network");
    cJSON_DeleteItemFromObjectCaseSensitive(network, key);
    cJSON_AddItemToObject(network, key, cJSON_Parse(json));
}

/* A machine of an older version: nothing to prove, and from now on it is written down. */
static void a_network_without_a_word_needs_no_proof(void **state) {
    (void)state;
    host_is_settled();
    proved[0] = '\0';
    seed_answers = false;
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("keep network.json");
    assert_int_equal(host_done(&agent, &why, &err), 1);
}

static void a_network_over_which_the_seed_answers_is_kept(void **state) {
    (void)state;
    host_is_settled();
    document_says("addresses", "[\"10.9.9.21/24\"]");
    assert_int_equal(host_done(&agent, &why, &err), 0);
    assert_string_equal(buf_text(&why), "differs: links, links, network");
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("add address 10.9.9.21/24; keep network.json");
    assert_string_equal(proved, "{\"gateway\":\"172.22.132.1\",\"addresses\":[\"10.9.9.21/24\"]}");
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("");
}

static void goes_back(void) {
    int64_t begun = now_ms;
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("add address 10.9.9.21/24; keep network-lost.json; take address off 10.9.9.21/24");
    assert_in_range(now_ms - begun, 60000, 62000);
    assert_string_equal(proved, "{\"gateway\":\"172.22.132.1\"}");
    assert_int_equal(host_run(&agent, &err), 0); /* and it is not tried again, also not by the next process */
    assert_calls("");
    buf_clear(&why);
    assert_int_equal(host_done(&agent, &why, &err), 1);
}

static void a_machine_that_loses_its_seed_goes_back(void **state) {
    (void)state;
    host_is_settled();
    document_says("addresses", "[\"10.9.9.21/24\"]");
    seed_answers = false;
    goes_back();
    seed_answers = true; /* the operator corrects the document */
    document_says("addresses", "[\"10.9.8.21/24\"]");
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("add address 10.9.8.21/24; keep network.json");
}

/* A disk that is full or read-only: the machine goes back, and the step says what is wrong. */
static bool disk_is_full;
static int keep_if_room(const char *path, const void *data, size_t length, mode_t mode, struct error *e) {
    return disk_is_full ? error_set(e, ENOSPC, "write `%s`: ENOSPC", path) : keep_file(path, data, length, mode, e);
}

static void a_disk_that_is_full_keeps_nobody_away_from_the_seed(void **state) {
    (void)state;
    host_is_settled();
    document_says("addresses", "[\"10.9.9.21/24\"]");
    seed_answers = false;
    world.file_write = keep_if_room;
    disk_is_full = true;
    assert_int_equal(host_run(&agent, &err), -1);
    assert_calls("add address 10.9.9.21/24; take address off 10.9.9.21/24");
    assert_non_null(strstr(err.message, "network-lost.json"));
    disk_is_full = false;
}

/* eth0 with VLAN 5 on it, which the initramfs made by the kernel command line, and the kernel that makes the changes.
 */
static struct link stack[2];
static int list_stack(struct link *ret, size_t *ret_count, struct error *e) {
    (void)e;
    memcpy(ret, stack, sizeof(stack));
    *ret_count = stack[1].ifindex ? 2 : 1;
    return 0;
}
static int find_own(const struct role *role, struct own_link *ret, struct error *e) {
    fake_own_link_find(role, ret, e);
    ret->ifindex = links_own(role, stack, stack[1].ifindex ? 2 : 1)->ifindex;
    return 0;
}
static int change_stack(const struct links_change *change, struct error *e) {
    struct link *link = &stack[change->ifindex == 4];
    (void)e;
    called("%s %d", links_action_name(change->action), change->ifindex);
    if (change->action == LINKS_MARK || change->action == LINKS_SET_MTU || change->action == LINKS_GIVE_BACK)
        link->ours = change->action != LINKS_GIVE_BACK;
    if (change->action == LINKS_SET_MTU || change->action == LINKS_GIVE_BACK)
        widest = link->mtu = change->mtu;
    if (change->action == LINKS_REMOVE)
        *link = (struct link){0};
    return 0;
}

static void what_the_initramfs_made_outlives_a_network_that_lost_the_seed(void **state) {
    (void)state;
    size_t one;
    host_is_settled();
    assert_int_equal(fake_link_list(stack, &one, &err), 0);
    stack[1] = stack[0];
    stack[1].ifindex = 4;
    stack[1].kind = LINK_VLAN;
    stack[1].parent = 3;
    stack[1].vlan = 5;
    agent.cmdline.vlan = 5;
    addresses[0].ifindex = 4;
    for (size_t i = 0; i < n_routes; i++)
        routes[i].ifindex = 4;
    world.link_list = list_stack;
    world.own_link_find = find_own;
    world.link_change_apply = change_stack;
    document_says("vlan", "5");
    document_says("mtu", "9000"); /* which the switch does not carry */
    path_is_narrow = true;
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("set the MTU of 3; mark 4; set the MTU of 4; keep network-lost.json; set the MTU of 3; set the MTU of "
                 "4; give back 4; give back 3");
    assert_true(stack[1].ifindex && stack[1].mtu == 1500 && stack[0].mtu == 1500);
    buf_clear(&why);
    assert_int_equal(host_done(&agent, &why, &err), 1);
    agent.cmdline.vlan = 0;
}

/* The seed restarts, or is off, just then: the network is not at fault. */
static void a_seed_that_is_away_refuses_no_network(void **state) {
    (void)state;
    host_is_settled();
    document_says("addresses", "[\"10.9.9.21/24\"]");
    seed_answers = seed_answered = false;
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("add address 10.9.9.21/24; keep network-lost.json; take address off 10.9.9.21/24");
    assert_true(agent.seed.away);
    lost[0] = '\0';                              /* what unlink() does on a machine */
    assert_int_equal(host_run(&agent, &err), 0); /* it waits for the seed */
    assert_calls("");
    agent.seed.away = false;
    seed_answers = true;
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("add address 10.9.9.21/24; keep network.json");
}

static void a_path_that_does_not_carry_the_mtu_counts_as_lost(void **state) {
    (void)state;
    host_is_settled();
    document_says("addresses", "[\"10.9.9.21/24\"]");
    path_is_narrow = true;
    goes_back();
}

/* As where the kernel has no driver for it. */
static bool changes_fail;
static int failing_change(const struct links_change *change, struct error *e) {
    return changes_fail && change->action == LINKS_ADD_ADDRESS ? error_set(e, EOPNOTSUPP, "no driver")
                                                               : fake_change(change, e);
}

static void a_network_that_cannot_be_made_is_left(void **state) {
    (void)state;
    host_is_settled();
    world.link_change_apply = failing_change;
    changes_fail = true;
    document_says("addresses", "[\"10.9.9.21/24\"]");
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("keep network-lost.json");
    assert_int_equal(host_done(&agent, &why, &err), 1);
    proved[0] = lost[0] = '\0'; /* nothing to go back to: the step fails, and is tried again */
    assert_int_equal(host_run(&agent, &err), -1);
    assert_string_equal(err.message, "links: no driver");
}

/* The kernel refuses a route whose gateway is on no link (ENETUNREACH): it waits for the card, as its link does. */
static void a_route_waits_for_the_card_of_its_link(void **state) {
    (void)state;
    host_is_settled();
    document_says("links", "[{\"mac\":\"52:54:00:84:09:99\",\"addresses\":[\"10.20.0.21/24\"]}]");
    document_says("routes", "[{\"to\":\"10.40.0.0/16\",\"gateway\":\"10.20.0.1\"}]");
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("keep network.json");
    assert_int_equal(host_done(&agent, &why, &err), 1);
}

/* It started from its disk, and the document that lies there was not proved: it waits for the seed. */
static void without_a_seed_the_proved_network_is_used(void **state) {
    (void)state;
    host_is_settled();
    document_says("addresses", "[\"10.9.9.21/24\"]");
    agent.seed.away = true;
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("");
    agent.seed.away = false;
    assert_int_equal(host_run(&agent, &err), 0);
    assert_calls("add address 10.9.9.21/24; keep network.json");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_network_without_a_word_needs_no_proof, start, end_host),
        cmocka_unit_test_setup_teardown(a_network_over_which_the_seed_answers_is_kept, start, end_host),
        cmocka_unit_test_setup_teardown(a_machine_that_loses_its_seed_goes_back, start, end_host),
        cmocka_unit_test_setup_teardown(a_disk_that_is_full_keeps_nobody_away_from_the_seed, start, end_host),
        cmocka_unit_test_setup_teardown(what_the_initramfs_made_outlives_a_network_that_lost_the_seed, start, end_host),
        cmocka_unit_test_setup_teardown(a_seed_that_is_away_refuses_no_network, start, end_host),
        cmocka_unit_test_setup_teardown(a_path_that_does_not_carry_the_mtu_counts_as_lost, start, end_host),
        cmocka_unit_test_setup_teardown(a_network_that_cannot_be_made_is_left, start, end_host),
        cmocka_unit_test_setup_teardown(a_route_waits_for_the_card_of_its_link, start, end_host),
        cmocka_unit_test_setup_teardown(without_a_seed_the_proved_network_is_used, start, end_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
