/* SPDX-License-Identifier: Apache-2.0
 * Step 8: hostname, hosts, links, static address, routes, sysctl, swap, time. A table of settings. Each one is looked
 * at, and applied only if it differs. Step 13 runs it again when the site changes. */
#include "rows.h"
#include "bootstrap/network.h"
#include "host_network.h"
#include "turn.h"
#include "world/world.h"

#include "hex.h"
#include "log.h"
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
    bool of_network; /* a new network that cannot be made is no reason to lose the one before */
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
    {"machine-id", machine_id_differs, machine_id_apply, false},
    {"hostname", hostname_differs, hostname_apply, false},
    {"hosts", hosts_differs, hosts_apply, false},
    {"resolv.conf", resolv_differs, resolv_apply, false},
    {"links", host_links_differ, host_links_apply, true},
    {"address", host_address_differs, host_address_apply, true},
    {"links", host_links_differ, host_links_apply, true}, /* the address is on the new link: it leaves the old one */
    {"routes", host_routes_differ, host_routes_apply, true},
    {"network", host_network_differs, host_network_prove, false},
    {"sysctl", sysctl_differs, sysctl_apply, false},
    {"swap", swap_differs, swap_apply, false},
    {"time", time_differs, time_apply, false},
};

int host_done(struct agent *agent, struct buf *why, struct error *err) {
    int done = 1;
    if (host_network_choose(agent, err) < 0)
        return -1;
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

static int host_settle(struct agent *agent, struct error *err) {
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        int differs = settings[i].differs(agent, err);
        if (differs >= 0 && (!differs || settings[i].apply(agent, err) == 0))
            continue;
        error_wrap(err, "%s", settings[i].name);
        if (!settings[i].of_network || host_network_retreat(agent, err) < 0)
            return -1;
    }
    return 0;
}

/* Of a master that serves, the network changes when no other one's does. */
int host_run(struct agent *agent, struct error *err) {
    if (host_network_choose(agent, err) < 0 || network_listen(agent, err) < 0)
        return -1;
    bool serves = agent->journal.member && agent->world->service_running("kubelet");
    int turn = 0, differs = serves ? host_network_changes(agent, err) : 0;
    if (differs < 0 || (differs && network_count_masters(agent, &agent->masters_answered, err) < 0))
        return -1;
    if (differs && role_is_master(agent->role))
        turn = turn_take(agent, agent->world->lease_take_network, "the network changes:", err);
    if (turn < 0)
        return -1;
    if (turn > 0)
        log_info("network: the turn of this master");
    int result = host_settle(agent, err);
    if (turn > 0)
        turn_drop(agent, agent->world->lease_drop_network);
    return result;
}
