/* SPDX-License-Identifier: Apache-2.0
 * Step 8: what differs is told and nothing else is touched, in the order that keeps a machine reachable. */
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
    static char text[32];
    char ip[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address->in, ip, sizeof(ip));
    snprintf(text, sizeof(text), "%s/%u", ip, address->prefixlen);
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
static int fake_route_replace(const struct route *route, struct error *e) {
    char text[INET_ADDRSTRLEN];
    (void)e;
    called("route %s/%u", inet_ntop(AF_INET, &route->destination, text, sizeof(text)), route->prefixlen);
    return 0;
}
static int fake_route_remove(const struct route *route, struct error *e) {
    char text[INET_ADDRSTRLEN];
    (void)e;
    called("no-route %s/%u", inet_ntop(AF_INET, &route->destination, text, sizeof(text)), route->prefixlen);
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
    if (!strcmp(path, "/etc/machine-id"))
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
    struct address address = {.ifindex = 3, .prefixlen = prefixlen};
    assert_int_equal(inet_pton(AF_INET, text, &address.in), 1);
    return address;
}

/* The default route, and one to the pods of each of six peers. */
static void all_routes(void) {
    n_routes = 0;
    for (unsigned i = 0; i < 8; i++) {
        struct route route = {.ifindex = 3, .prefixlen = i ? 24 : 0};
        char text[INET_ADDRSTRLEN];
        const struct role_peer *peer = i ? &agent.role->peers[i - 1] : NULL;
        if (peer && !strcmp(peer->hostname, agent.role->hostname))
            continue;
        if (peer) {
            snprintf(text, sizeof(text), "%.*s", (int)strcspn(peer->pod_cidr, "/"), peer->pod_cidr);
            inet_pton(AF_INET, text, &route.destination);
            route.gateway = peer->address.in;
        } else {
            inet_pton(AF_INET, agent.role->gateway, &route.gateway);
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
    routes[n_routes - 1].gateway.s_addr ^= 1; /* a peer moved */
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
