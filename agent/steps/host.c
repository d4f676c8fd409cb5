/* SPDX-License-Identifier: Apache-2.0
 * Step 8: hostname, hosts, static address, routes, sysctl, swap, time. A table of settings. Each one is looked at, and
 * applied only if it differs. Step 13 runs it again when the site changes. */
#include "rows.h"
#include "bootstrap/network.h"
#include "world/world.h"

#include "hex.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define CHRONY_FILE "/etc/chrony/chrony.conf"
#define SYSCTL_FILE "/etc/sysctl.d/99-seedrack.conf"

struct setting {
    const char *name;
    int (*differs)(struct agent *agent, struct error *err); /* 1, 0, -1 */
    int (*apply)(struct agent *agent, struct error *err);
};

static int machine_id_differs(struct agent *agent, struct error *err) {
    (void)agent;
    (void)err;
    cleanup_buf struct buf text = BUF_INIT(256);
    struct error ignored;
    return agent->world->file_read("/etc/machine-id", &text, &ignored) < 0 || text.length < 32;
}

static int machine_id_apply(struct agent *agent, struct error *err) { /* machine-id(5) */
    (void)agent;
    unsigned char random[16];
    char text[34];
    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return error_errno(err, errno, "getrandom");
    hex_encode(random, sizeof(random), text);
    text[32] = '\n';
    return agent->world->file_write("/etc/machine-id", text, 33, 0444, err);
}

static int hostname_differs(struct agent *agent, struct error *err) {
    char name[256] = "";
    if (gethostname(name, sizeof(name)) < 0)
        return error_errno(err, errno, "gethostname");
    return strcmp(name, agent->role->hostname) != 0 || access("/etc/hostname", F_OK) < 0;
}

static int hostname_apply(struct agent *agent, struct error *err) {
    char line[300];
    int length = snprintf(line, sizeof(line), "%s\n", agent->role->hostname);
    if (sethostname(agent->role->hostname, strlen(agent->role->hostname)) < 0)
        return error_errno(err, errno, "sethostname `%s`", agent->role->hostname);
    return agent->world->file_ensure("/etc/hostname", line, (size_t)length, 0644, err) < 0 ? -1 : 0;
}

static int hosts_differs(struct agent *agent, struct error *err) {
    return agent->world->rendered_differs(agent, "hosts", "/etc/hosts", err);
}
static int hosts_apply(struct agent *agent, struct error *err) {
    return agent->world->rendered_apply(agent, "hosts", "/etc/hosts", 0644, err) < 0 ? -1 : 0;
}

static int resolv_differs(struct agent *agent, struct error *err) {
    return agent->world->rendered_differs(agent, "resolv.conf", "/etc/resolv.conf", err);
}
static int resolv_apply(struct agent *agent, struct error *err) {
    return agent->world->rendered_apply(agent, "resolv.conf", "/etc/resolv.conf", 0644, err) < 0 ? -1 : 0;
}

/* Calls `other` for each address on the link that is neither the machine's own nor the VIP. *ret_held: the link has the
 * machine's own address. */
static int each_address(struct agent *agent, int (*other)(const struct address *, struct error *), bool *ret_held,
                        int *ret_others, struct error *err) {
    struct address addresses[NETLINK_ADDRESSES];
    size_t count;
    *ret_held = false;
    *ret_others = 0;
    if (agent->world->own_link_find(agent->role, &agent->link, err) < 0 ||
        agent->world->address_list(addresses, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (addresses[i].ifindex != agent->link.ifindex || addresses[i].in.s_addr == agent->role->vip.in.s_addr)
            continue;
        if (addresses[i].in.s_addr == agent->role->address.in.s_addr &&
            addresses[i].prefixlen == agent->role->address.prefixlen) {
            *ret_held = true;
            continue;
        }
        ++*ret_others;
        if (other && other(&addresses[i], err) < 0)
            return -1;
    }
    return 0;
}

static int address_differs(struct agent *agent, struct error *err) {
    bool held;
    int others;
    return each_address(agent, NULL, &held, &others, err) < 0 ? -1 : !held || others > 0;
}

/* The machine's address is a secondary one in the lease's subnet. Without this the kernel would remove it together with
 * the lease's address (ip-sysctl.rst). */
static int promote_secondaries(const struct agent *agent, struct error *err) {
    char path[96];
    snprintf(path, sizeof(path), "net/ipv4/conf/%s/promote_secondaries", agent->link.name);
    return agent->world->sysctl_write(path, "1", err);
}

static int address_apply(struct agent *agent, struct error *err) {
    bool held, taken = false;
    int others;
    char mac[18];
    const struct role_address *wanted = &agent->role->address;
    struct address address = {.in = wanted->in, .prefixlen = wanted->prefixlen};
    if (each_address(agent, NULL, &held, &others, err) < 0 || agent->world->link_up(agent->link.ifindex, err) < 0)
        return -1;
    address.ifindex = agent->link.ifindex;
    if (!held && agent->world->arp_probe(agent->link.ifindex, agent->link.mac, wanted->in, 450, &taken, mac, err) < 0)
        return -1;
    if (taken) {
        error_fail(err, SR_HOST_ADDRESS, EADDRINUSE, "address %s is already in use by %s", wanted->text, mac);
        return error_remedy(err, "power that machine off, or give `%s` another address in the site document",
                            agent->role->hostname);
    }
    /* First add the machine's address, then remove the lease's: the machine is never without one. */
    if (promote_secondaries(agent, err) < 0 || agent->world->address_add(&address, err) < 0)
        return -1;
    return each_address(agent, agent->world->address_remove, &held, &others, err) < 0 ? -1 : 0;
}

/* The default route and one route to each peer's pods. */
static size_t wanted_routes(const struct agent *agent, struct route *ret) {
    const struct role *role = agent->role;
    size_t count = 0;
    if (role->gateway) {
        ret[count] = (struct route){.ifindex = agent->link.ifindex};
        inet_pton(AF_INET, role->gateway, &ret[count++].gateway);
    }
    for (size_t i = 0; role->cni_bridge && i < role->n_peers && count < NETLINK_ROUTES; i++) {
        const struct role_peer *peer = &role->peers[i];
        char network[INET_ADDRSTRLEN];
        if (!peer->pod_cidr || !strcmp(peer->hostname, role->hostname))
            continue;
        snprintf(network, sizeof(network), "%.*s", (int)strcspn(peer->pod_cidr, "/"), peer->pod_cidr);
        ret[count] = (struct route){.prefixlen = 24, .gateway = peer->address.in, .ifindex = agent->link.ifindex};
        inet_pton(AF_INET, network, &ret[count++].destination);
    }
    return count;
}

static bool contains(const struct route *routes, size_t count, const struct route *route) {
    for (size_t i = 0; i < count; i++)
        if (routes[i].destination.s_addr == route->destination.s_addr && routes[i].prefixlen == route->prefixlen &&
            routes[i].gateway.s_addr == route->gateway.s_addr && routes[i].ifindex == route->ifindex)
            return true;
    return false;
}

static int reconcile_routes(struct agent *agent, bool apply, struct error *err) {
    struct route wanted[NETLINK_ROUTES], found[NETLINK_ROUTES];
    size_t n_found;
    int differences = 0;
    if (agent->world->own_link_find(agent->role, &agent->link, err) < 0 ||
        agent->world->route_list(found, &n_found, err) < 0)
        return -1;
    size_t n_wanted = wanted_routes(agent, wanted);
    for (size_t i = 0; i < n_wanted; i++) {
        if (contains(found, n_found, &wanted[i]))
            continue;
        differences++;
        if (apply && agent->world->route_replace(&wanted[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n_found; i++) {
        if (contains(wanted, n_wanted, &found[i]))
            continue;
        differences++;
        if (apply && agent->world->route_remove(&found[i], err) < 0)
            return -1;
    }
    return differences > 0;
}

static int routes_differs(struct agent *agent, struct error *err) {
    return reconcile_routes(agent, false, err);
}
static int routes_apply(struct agent *agent, struct error *err) {
    return reconcile_routes(agent, true, err) < 0 ? -1 : 0;
}

/* Compares the rendered `key = value` lines with /proc/sys; with `apply` writes those that differ. */
static int walk_sysctl(const struct world *world, const char *text, bool apply, struct error *err) {
    int differences = 0;
    char key[128], value[64], path[160];
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (sscanf(line, " %127[^ =#\n] = %63s", key, value) != 2)
            continue;
        cleanup_buf struct buf found = BUF_INIT(256);
        struct error unreadable;
        snprintf(path, sizeof(path), "/proc/sys/%s", key);
        for (char *c = path + strlen("/proc/sys/"); *c; c++)
            if (*c == '.')
                *c = '/';
        if (world->file_read(path, &found, &unreadable) == 0 && strcspn(buf_text(&found), "\n") == strlen(value) &&
            !strncmp(buf_text(&found), value, strlen(value)))
            continue;
        differences++;
        if (apply && world->sysctl_write(path + strlen("/proc/sys/"), value, err) < 0) {
            error_wrap(err, "%s = %s", key, value);
            error_code(err, SR_HOST_SYSCTL);
            return error_remedy(err, "check that the kernel has it: bridge-nf-* comes with the module br_netfilter");
        }
    }
    return differences > 0;
}

static int sysctl_differs(struct agent *agent, struct error *err) {
    cleanup_buf struct buf wanted = BUF_INIT(65536);
    int differs = agent->world->rendered_differs(agent, "sysctl.conf", SYSCTL_FILE, err);
    if (differs != 0)
        return differs;
    return agent->world->file_read(SYSCTL_FILE, &wanted, err) < 0
               ? -1
               : walk_sysctl(agent->world, buf_text(&wanted), false, err);
}

static int sysctl_apply(struct agent *agent, struct error *err) {
    static const char *const modprobe[] = {"modprobe", "br_netfilter", NULL};
    cleanup_buf struct buf wanted = BUF_INIT(65536);
    struct error ignored;
    if (access("/proc/sys/net/bridge", F_OK) < 0)
        agent->world->child_run(modprobe, &(struct child_options){0}, NULL,
                                &ignored); /* the write below names what is missing */
    if (agent->world->rendered_apply(agent, "sysctl.conf", SYSCTL_FILE, 0644, err) < 0 ||
        agent->world->file_read(SYSCTL_FILE, &wanted, err) < 0)
        return -1;
    return walk_sysctl(agent->world, buf_text(&wanted), true, err) < 0 ? -1 : 0;
}

static int swap_differs(struct agent *agent, struct error *err) {
    (void)agent;
    int active, fstab;
    return agent->world->swap_count(&active, &fstab, err) < 0 ? -1 : active + fstab > 0;
}
static int swap_apply(struct agent *agent, struct error *err) {
    (void)agent;
    return agent->world->swap_off(err);
}

/* Runs on, and only looks, until a server answers. */
static int time_differs(struct agent *agent, struct error *err) {
    if (!agent->world->service_exists("chronyd")) /* an older layer */
        return 0;
    int differs = agent->world->rendered_differs(agent, "chrony.conf", CHRONY_FILE, err);
    return differs != 0 ? differs : !agent->world->service_running("chronyd");
}
static int time_apply(struct agent *agent, struct error *err) {
    int written = agent->world->rendered_apply(agent, "chrony.conf", CHRONY_FILE, 0644, err);
    if (written < 0)
        return -1;
    return written && agent->world->service_running("chronyd") ? agent->world->service_restart("chronyd", err)
                                                               : agent->world->service_up("chronyd", err);
}

static const struct setting settings[] = {
    {"machine-id", machine_id_differs, machine_id_apply},
    {"hostname", hostname_differs, hostname_apply},
    {"hosts", hosts_differs, hosts_apply},
    {"resolv.conf", resolv_differs, resolv_apply},
    {"address", address_differs, address_apply},
    {"routes", routes_differs, routes_apply},
    {"sysctl", sysctl_differs, sysctl_apply},
    {"swap", swap_differs, swap_apply},
    {"time", time_differs, time_apply},
};

int host_done(struct agent *agent, struct buf *why, struct error *err) {
    int done = 1;
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        int differs = settings[i].differs(agent, err);
        if (differs < 0)
            return error_wrap(err, "%s", settings[i].name);
        if (differs) {
            buf_addf(why, "%s%s", done ? "differs: " : ", ", settings[i].name);
            done = 0;
        }
    }
    return done;
}

int host_run(struct agent *agent, struct error *err) {
    if (network_listen(agent, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        int differs = settings[i].differs(agent, err);
        if (differs < 0 || (differs && settings[i].apply(agent, err) < 0))
            return error_wrap(err, "%s", settings[i].name);
    }
    return 0;
}
