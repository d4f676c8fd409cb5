/* SPDX-License-Identifier: Apache-2.0
 * A host that is settled, for the tests of step 8: its links, addresses, routes and files, and what is done to them. */
#pragma once
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
