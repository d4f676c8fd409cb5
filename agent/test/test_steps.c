/* SPDX-License-Identifier: Apache-2.0
 * The steps' bodies: what differs is told and nothing else is touched, in the order that keeps a machine reachable. */
#include "worlds.h"

#include "effects/runtime.h"
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

/* --- host --- */

static struct address addresses[4];
static size_t n_addresses;
static struct route routes[16];
static size_t n_routes;
static const char *differing; /* the rendered document that differs */
static bool in_use;
static int swaps;

static int fake_differs(const struct agent *a, const char *what, const char *path, struct error *e) {
    (void)a;
    (void)path;
    (void)e;
    return differing && !strcmp(differing, what);
}
static int fake_apply(const struct agent *a, const char *what, const char *path, mode_t mode, struct error *e) {
    (void)a;
    (void)mode;
    (void)e;
    called("write %s %s", what, path);
    return 1;
}
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

/* --- claim and role --- */

static int claim_errnum, role_errnum;
static bool kept;

static int fake_claim_make(struct seed_client *client, struct error *e) {
    (void)client;
    called("claim");
    return claim_errnum ? error_set(e, claim_errnum, "seed: no") : 0;
}
static int fake_identity_hash(const char *folder, char ret[PKI_KEY_SIZE], struct error *e) {
    (void)folder;
    (void)e;
    memset(ret, '0', PKI_KEY_SIZE - 1);
    ret[PKI_KEY_SIZE - 1] = '\0';
    return 0;
}
static int fake_copy_identity(struct error *e) {
    (void)e;
    called("copy identity");
    return 0;
}
static int fake_role_fetch(struct seed_client *client, char etag[static ROLE_ETAG_SIZE], unsigned wait_s,
                           bool *ret_changed, struct buf *ret_text, struct error *e) {
    (void)client;
    (void)wait_s;
    (void)ret_text;
    called("fetch %s", etag);
    *ret_changed = false;
    return role_errnum ? error_set(e, role_errnum, "seed: no") : 0;
}
static int fake_role_load(struct buf *ret_text, char *ret_etag, size_t size, struct error *e) {
    (void)ret_text;
    if (!kept)
        return error_set(e, ENOENT, "no role");
    snprintf(ret_etag, size, "\"e1\"");
    buf_adds(ret_text, "{}");
    return 0;
}

/* Its disk came late: the next attempt has the key that the seed knows. */
static void a_conflict_in_the_initramfs_looks_for_the_key(void **state) {
    (void)state;
    machine_is("k8s-n1");
    world.claim_make = fake_claim_make;
    world.identity_hash = fake_identity_hash;
    world.data_copy_identity = fake_copy_identity;
    agent.initramfs = true;
    snprintf(agent.seed.pin, sizeof(agent.seed.pin), "sha256:00");
    claim_errnum = EEXIST;
    assert_int_equal(claim_run(&agent, &err), -1);
    assert_calls("claim; copy identity");
    assert_string_equal(err.message, "claim: seed: no");
}

static void offline_the_claim_can_wait(void **state) {
    (void)state;
    machine_is("k8s-n1");
    world.claim_make = fake_claim_make;
    agent.cmdline.offline = true;
    claim_errnum = EHOSTUNREACH;
    assert_int_equal(claim_run(&agent, &err), 0);
    claim_errnum = EEXIST; /* an answer is one */
    assert_int_equal(claim_run(&agent, &err), -1);
}

static void without_the_seed_the_role_in_hand_holds(void **state) {
    (void)state;
    machine_is("k8s-n1");
    world.role_document_fetch = fake_role_fetch;
    world.role_store_load = fake_role_load;
    snprintf(agent.etag, sizeof(agent.etag), "\"e0\"");
    role_errnum = EHOSTUNREACH;
    assert_int_equal(role_run(&agent, &err), 0);
    assert_true(agent.seed.away);
    assert_calls("fetch \"e0\"");
    agent.seed.away = false;
    snprintf(agent.seed.claim, sizeof(agent.seed.claim), "c");
    role_errnum = EIO; /* it answers, and something is wrong: said, not passed over */
    assert_int_equal(role_run(&agent, &err), -1);
    assert_false(agent.seed.away);
    /* the claim is refused, and so emptied: step 3 is taken once more, and its word counts */
    agent.seed.claim[0] = '\0';
    world.claim_make = fake_claim_make;
    role_errnum = EACCES;
    claim_errnum = EAGAIN;
    calls[0] = '\0';
    assert_int_equal(role_run(&agent, &err), -1);
    assert_int_equal(err.errnum, EAGAIN);
    assert_calls("fetch \"e0\"; claim");
    role_free(agent.role);
    agent.role = NULL;
    kept = true;
    role_errnum = EHOSTUNREACH;
    assert_int_equal(role_run(&agent, &err), -1); /* what is kept is no role document, and nobody else has one */
    assert_string_equal(agent.etag, "");
}

/* --- layers and pivot --- */

static const char *failing_call;

static int step_of(const char *name, struct error *e) {
    called("%s", name);
    return failing_call && !strcmp(failing_call, name) ? error_set(e, EIO, "%s fails", name) : 0;
}
static int fake_kernels_check(struct role *role, struct error *e) {
    (void)role;
    return step_of("kernel", e);
}
static int fake_check_room(const struct role *role, bool initramfs, struct error *e) {
    (void)role;
    assert_true(initramfs);
    return step_of("room", e);
}
static int fake_fetch_all(struct agent *a, struct error *e) {
    (void)a;
    return step_of("fetch", e);
}
static int fake_mount(const struct role *role, struct error *e) {
    (void)role;
    return step_of("mount", e);
}
static void fake_keep(const struct role *role) {
    (void)role;
    called("keep modules");
}
static int fake_take_next(struct error *e) {
    return step_of("take the document", e);
}

/* The document that this machine can start alone with is replaced last. */
static void a_document_is_kept_when_its_layers_are_there(void **state) {
    (void)state;
    machine_is("k8s-n1");
    agent.initramfs = true;
    world = (struct world){.kernels_check = fake_kernels_check,
                           .layers_check_room = fake_check_room,
                           .fetch_all_layers = fake_fetch_all,
                           .layers_mount = fake_mount,
                           .kernels_keep = fake_keep,
                           .role_store_take_next = fake_take_next};
    failing_call = NULL;
    assert_int_equal(layers_run(&agent, &err), 0);
    assert_calls("kernel; room; fetch; mount; keep modules; take the document");
    failing_call = "room";
    assert_int_equal(layers_run(&agent, &err), -1);
    assert_calls("kernel; room");
    failing_call = "mount";
    assert_int_equal(layers_run(&agent, &err), -1);
    assert_calls("kernel; room; fetch; mount");
}

static int fake_rogue(struct lease_choice *choice, struct error *e) {
    (void)choice;
    return error_set(e, ENOTUNIQ, "two DHCP servers");
}

static void with_a_rogue_dhcp_server_no_root_is_made(void **state) {
    (void)state;
    machine_is("k8s-n1");
    agent.initramfs = true;
    world.rogue_dhcp_of_late = fake_rogue;
    assert_int_equal(pivot_run(&agent, &err), -1);
    assert_int_equal(err.errnum, ENOTUNIQ);
    assert_false(agent.leave);
}

/* --- the container runtime --- */

static bool runs, held;
static int fake_wait(unsigned timeout_s, struct error *e) {
    (void)timeout_s;
    return step_of("wait", e);
}
static int fake_has_image(const char *image, const char *folder, bool *ret, struct error *e) {
    (void)image;
    (void)folder;
    (void)e;
    *ret = held;
    return 0;
}
static const struct runtime_ops fake_runtime = {
    .service = "docker", .config = "/etc/docker/daemon.json", .wait = fake_wait, .has_image = fake_has_image};
static const struct runtime_ops *fake_runtime_of(enum runtime runtime) {
    (void)runtime;
    return &fake_runtime;
}
static bool fake_running(const char *name) {
    (void)name;
    return runs;
}
static int fake_up(const char *name, struct error *e) {
    (void)name;
    return step_of("up", e);
}
static int fake_restart(const char *name, struct error *e) {
    (void)name;
    return step_of("restart", e);
}

static void the_runtime_restarts_for_a_changed_configuration_alone(void **state) {
    (void)state;
    machine_is("k8s-n1");
    failing_call = NULL;
    differing = NULL;
    runs = held = true;
    world = (struct world){.runtime_of = fake_runtime_of,
                           .rendered_differs = fake_differs,
                           .rendered_apply = fake_apply,
                           .service_running = fake_running,
                           .service_up = fake_up,
                           .service_restart = fake_restart};
    assert_int_equal(runtime_done(&agent, &why, &err), 1);
    differing = "daemon.json";
    assert_int_equal(runtime_done(&agent, &why, &err), 0);
    assert_string_equal(buf_text(&why), "docker is not configured");
    assert_int_equal(runtime_run(&agent, &err), 0);
    assert_calls("write daemon.json /etc/docker/daemon.json; restart; wait");
    runs = false;
    assert_int_equal(runtime_run(&agent, &err), 0);
    assert_calls("write daemon.json /etc/docker/daemon.json; up; wait");
}

static void an_image_that_is_nowhere_is_named(void **state) {
    (void)state;
    machine_is("k8s-n1");
    runs = true;
    held = false;
    differing = NULL;
    world = (struct world){.runtime_of = fake_runtime_of,
                           .rendered_differs = fake_differs,
                           .rendered_apply = fake_apply,
                           .service_running = fake_running,
                           .service_restart = fake_restart};
    assert_int_equal(runtime_run(&agent, &err), -1);
    assert_int_equal(err.code, SR_IMAGE_MISSING);
    assert_non_null(strstr(err.remedy, "rebuild the layers"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_settled_host_is_left_alone, start, end_host),
        cmocka_unit_test_setup_teardown(what_differs_is_told_and_done_alone, start, end_host),
        cmocka_unit_test_setup_teardown(the_address_comes_before_the_lease_goes, start, end_host),
        cmocka_unit_test_setup_teardown(an_address_in_use_is_refused, start, end_host),
        cmocka_unit_test_setup_teardown(a_conflict_in_the_initramfs_looks_for_the_key, start, end),
        cmocka_unit_test_setup_teardown(offline_the_claim_can_wait, start, end),
        cmocka_unit_test_setup_teardown(without_the_seed_the_role_in_hand_holds, start, end),
        cmocka_unit_test_setup_teardown(a_document_is_kept_when_its_layers_are_there, start, end),
        cmocka_unit_test_setup_teardown(with_a_rogue_dhcp_server_no_root_is_made, start, end),
        cmocka_unit_test_setup_teardown(the_runtime_restarts_for_a_changed_configuration_alone, start, end),
        cmocka_unit_test_setup_teardown(an_image_that_is_nowhere_is_named, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
