/* SPDX-License-Identifier: Apache-2.0
 * Step 8: what differs is told and nothing else is touched, in the order that keeps a machine reachable. */
#include "fake_clock.h"
#include "worlds.h"

#include "steps/rows.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

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

static struct address addresses[4];
static size_t n_addresses;
static struct route routes[16];
static size_t n_routes;
static bool in_use;
static int swaps;

static int fake_address_list(struct address *ret, size_t *ret_count, struct error *e) {
    (void)e;
    memcpy(ret, addresses, n_addresses * sizeof(addresses[0]));
    *ret_count = n_addresses;
    return 0;
}
static const char *text_of(const struct address *address) {
    static char text[NET_PREFIX_SIZE];
    net_prefix_text(&address->at, text);
    return text;
}
static int fake_address_add(const struct address *address, struct error *e) {
    (void)e;
    called("add %s", text_of(address));
    addresses[n_addresses++] = *address;
    return 0;
}
static int fake_address_remove(const struct address *address, struct error *e) {
    (void)e;
    called("remove %s", text_of(address));
    return 0;
}
static const char *machine_mac;
static int fake_link_list(struct link *ret, size_t *ret_count, struct error *e) {
    (void)e;
    ret[0] = (struct link){.ifindex = 3, .name = "test0", .up = true, .mtu = 1500, .physical = true};
    snprintf(ret[0].mac, sizeof(ret[0].mac), "%s", machine_mac);
    snprintf(ret[0].card, sizeof(ret[0].card), "%s", machine_mac);
    *ret_count = 1;
    return 0;
}
static int fake_change(const struct links_change *change, struct error *e) {
    struct address address = {.ifindex = change->ifindex, .at = change->address, .ours = true};
    (void)e;
    called("%s %s", links_action_name(change->action), text_of(&address));
    if (change->action == LINKS_ADD_ADDRESS)
        addresses[n_addresses++] = address;
    for (size_t i = 0; change->action == LINKS_REMOVE_ADDRESS && i < n_addresses; i++)
        if (net_prefix_same_address(&addresses[i].at, &change->address))
            addresses[i] = addresses[--n_addresses];
    return 0;
}

/* What lies on the disk of the two files of steps/host_proof.c. */
static char proved[512], lost[512];
static char *kept_in(const char *path) {
    return strstr(path, "/network.json") ? proved : strstr(path, "/network-lost.json") ? lost : NULL;
}
static int keep_file(const char *path, const void *data, size_t length, mode_t mode, struct error *e) {
    (void)mode;
    (void)e;
    called("keep %s", strrchr(path, '/') + 1);
    snprintf(kept_in(path), sizeof(proved), "%.*s", (int)length, (const char *)data);
    return 0;
}
/* Over the network before it may answer still. */
static bool seed_answers, seed_answered, path_is_narrow;
static unsigned widest;
static bool has_new(void) {
    if (widest > 1500)
        return true;
    for (size_t i = 0; i < n_addresses; i++)
        if (!strncmp(text_of(&addresses[i]), "10.9.", 5))
            return true;
    return false;
}
static int fake_probe(struct seed_client *client, const char *site, struct error *e) {
    (void)client;
    (void)site;
    return seed_answers || (seed_answered && !has_new())
               ? 0
               : error_fail(e, SR_SEED_SILENT, EHOSTUNREACH, "seed: no route");
}
static int fake_carries(const struct seed_client *seed, struct error *e) {
    (void)seed;
    return path_is_narrow && has_new() ? error_fail(e, SR_PATH_MTU, EMSGSIZE, "large packets vanish") : 0;
}
static void fake_disconnect(struct http_connection *connection) {
    (void)connection;
}
static int fake_link_up(int ifindex, struct error *e) {
    (void)e;
    called("up %d", ifindex);
    return 0;
}
static int fake_sysctl(const char *path, const char *value, struct error *e) {
    (void)e;
    called("%s=%s", path, value);
    return 0;
}
static int fake_arp(int ifindex, const char *own_mac, struct in_addr address, int timeout_ms, bool *ret_taken,
                    char ret_mac[18], struct error *e) {
    (void)ifindex;
    (void)own_mac;
    (void)address;
    (void)timeout_ms;
    (void)e;
    *ret_taken = in_use;
    snprintf(ret_mac, 18, "02:00:00:00:00:66");
    return 0;
}
static int fake_route_list(struct route *ret, size_t *ret_count, struct error *e) {
    (void)e;
    memcpy(ret, routes, n_routes * sizeof(routes[0]));
    *ret_count = n_routes;
    return 0;
}
static const char *text_of_route(const struct route *route) {
    static char text[NET_PREFIX_SIZE];
    net_prefix_text(&route->to, text);
    return text;
}
static int fake_route_replace(const struct route *route, struct error *e) {
    (void)e;
    called("route %s", text_of_route(route));
    return 0;
}
static int fake_route_remove(const struct route *route, struct error *e) {
    (void)e;
    called("no-route %s", text_of_route(route));
    return 0;
}
static bool time_runs;
static bool fake_exists(const char *name) {
    assert_string_equal(name, "chronyd");
    return true;
}
static bool fake_running(const char *name) {
    (void)name;
    return time_runs;
}
static int fake_up(const char *name, struct error *e) {
    (void)e;
    called("up %s", name);
    return 0;
}
static int fake_restart(const char *name, struct error *e) {
    (void)e;
    called("restart %s", name);
    return 0;
}
static int fake_swap_count(int *ret_active, int *ret_fstab, struct error *e) {
    (void)e;
    *ret_active = swaps;
    *ret_fstab = 0;
    return 0;
}
static int fake_swap_off(struct error *e) {
    (void)e;
    called("swapoff");
    return 0;
}
/* Files as they should be: a machine id, and each sysctl at its value. */
static int fake_read(const char *path, struct buf *ret, struct error *e) {
    if (kept_in(path) && kept_in(path)[0])
        buf_adds(ret, kept_in(path));
    else if (!strcmp(path, "/etc/machine-id"))
        buf_adds(ret, "0123456789abcdef0123456789abcdef\n");
    else if (!strcmp(path, "/etc/sysctl.d/99-seedrack.conf"))
        buf_adds(ret, "vm.swappiness = 0\n");
    else if (!strcmp(path, "/proc/sys/vm/swappiness"))
        buf_adds(ret, "0\n");
    else
        return error_errno(e, ENOENT, "read `%s`", path);
    return 0;
}
static int fake_vrrp_listen(struct vrrp_listener *listener, int ifindex, struct error *e) {
    (void)ifindex;
    (void)e;
    listener->fd = 99;
    return 0;
}

static struct address address_of(const char *text, uint8_t prefixlen) {
    struct address address = {.ifindex = 3};
    assert_true(net_prefix_parse_host(text, &address.at));
    address.at.prefixlen = prefixlen;
    return address;
}

/* The default route, and one to the pods of each of six peers. */
static void all_routes(void) {
    n_routes = 0;
    for (unsigned i = 0; i < 8; i++) {
        struct route route = {.ifindex = 3, .to.family = AF_INET};
        const struct role_peer *peer = i ? &agent.role->peers[i - 1] : NULL;
        if (peer && !strcmp(peer->hostname, agent.role->hostname))
            continue;
        if (peer) {
            assert_true(net_prefix_parse(peer->pod_cidr, &route.to));
            route.gateway = net_prefix_of(peer->address.in, 32);
        } else {
            assert_true(net_prefix_parse_host(agent.role->gateway, &route.gateway));
        }
        routes[n_routes++] = route;
    }
}

static void host_is_settled(void) {
    machine_is("k8s-n1");
    char name[64] = "";
    assert_int_equal(gethostname(name, sizeof(name)), 0);
    agent.role->hostname = strdup(name); /* a test does not rename its host */
    for (size_t i = 0; i < agent.role->n_peers; i++)
        if (!strcmp(agent.role->peers[i].hostname, "k8s-n1"))
            agent.role->peers[i].hostname = agent.role->hostname;
    machine_mac = agent.role->mac;
    lost[0] = '\0';
    snprintf(proved, sizeof(proved), "{\"gateway\":\"172.22.132.1\"}");
    seed_answers = seed_answered = true;
    path_is_narrow = false;
    widest = 0;
    differing = NULL;
    in_use = false;
    time_runs = true;
    swaps = 0;
    addresses[0] = address_of("172.22.132.21", 24);
    n_addresses = 1;
    all_routes();
    world = (struct world){.rendered_differs = fake_differs,
                           .rendered_apply = fake_apply,
                           .own_link_find = fake_own_link_find,
                           .link_list = fake_link_list,
                           .link_change_apply = fake_change,
                           .http_disconnect = fake_disconnect,
                           .probe_seed = fake_probe,
                           .path_carries = fake_carries,
                           .file_write = keep_file,
                           .address_list = fake_address_list,
                           .address_add = fake_address_add,
                           .address_remove = fake_address_remove,
                           .link_up = fake_link_up,
                           .sysctl_write = fake_sysctl,
                           .arp_probe = fake_arp,
                           .route_list = fake_route_list,
                           .route_replace = fake_route_replace,
                           .route_remove = fake_route_remove,
                           .service_exists = fake_exists,
                           .service_running = fake_running,
                           .service_up = fake_up,
                           .service_restart = fake_restart,
                           .swap_count = fake_swap_count,
                           .swap_off = fake_swap_off,
                           .file_read = fake_read,
                           .vrrp_listen = fake_vrrp_listen};
}

static int end_host(void **state) {
    free((char *)(uintptr_t)agent.role->hostname);
    return end(state);
}

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
        cmocka_unit_test_setup_teardown(a_settled_host_is_left_alone, start, end_host),
        cmocka_unit_test_setup_teardown(what_differs_is_told_and_done_alone, start, end_host),
        cmocka_unit_test_setup_teardown(the_clock_follows_the_site, start, end_host),
        cmocka_unit_test_setup_teardown(the_address_comes_before_the_lease_goes, start, end_host),
        cmocka_unit_test_setup_teardown(an_address_in_use_is_refused, start, end_host),
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
