/* SPDX-License-Identifier: Apache-2.0
 * See host_network.h: whether a network holds. What was proved, and what lost the seed, are kept on the disk, so that a
 * machine that starts again does not lose the seed again. */
#include "bootstrap/network.h"
#include "decide/paths.h"
#include "host_network.h"
#include "world/world.h"

#include "clock.h"
#include "log.h"
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PROVE_MS = 60000, JUDGE_MS = 10000, AGAIN_MS = 500, TEXT_MAX = 65536 };

/* ret is left empty when there is no such file. */
static int recall(const struct agent *agent, const char *path, struct buf *ret, struct error *err) {
    if (agent->world->file_read(path, ret, err) == 0 || err->errnum == ENOENT)
        return 0;
    return -1;
}

static bool is_same(const struct buf *a, const struct buf *b) {
    return a->length == b->length && !memcmp(a->data, b->data, a->length);
}

/* The last that was proved, or none: what the initramfs found. */
static void use_proved(struct agent *agent, const struct buf *proved) {
    static const struct network nothing;
    struct network network;
    struct error damaged;
    struct cursor nowhere = {0};
    network_read(&nowhere, &nothing, &network);
    network.gateway = agent->role->network.gateway;
    if (proved->length &&
        role_network_parse(agent->role, buf_text((struct buf *)proved), proved->length, &network, &damaged) < 0)
        log_warning("%s: %s; it counts as none", NETWORK_PROVED, damaged.message);
    agent->role->network = network;
}

int host_network_choose(struct agent *agent, struct error *err) {
    cleanup_buf struct buf wanted = BUF_INIT(TEXT_MAX), proved = BUF_INIT(TEXT_MAX), lost = BUF_INIT(TEXT_MAX);
    if (role_network_text(agent->role, &wanted, err) < 0 || recall(agent, NETWORK_PROVED, &proved, err) < 0 ||
        recall(agent, NETWORK_REFUSED, &lost, err) < 0)
        return -1;
    bool is_lost = is_same(&wanted, &lost);
    /* Without a proved one it is a machine of an older version: nothing was lost. */
    if (is_same(&wanted, &proved) || (!is_lost && (!agent->seed.away || !proved.length)))
        return role_network_parse(agent->role, buf_text(&wanted), wanted.length, &agent->role->network, err);
    log_warning("network: the document's %s; going on with the one before",
                is_lost ? "lost the seed" : "waits for the seed");
    use_proved(agent, &proved);
    return 0;
}

int host_network_differs(struct agent *agent, struct error *err) {
    cleanup_buf struct buf wanted = BUF_INIT(TEXT_MAX), proved = BUF_INIT(TEXT_MAX), lost = BUF_INIT(TEXT_MAX);
    if (role_network_text(agent->role, &wanted, err) < 0 || recall(agent, NETWORK_PROVED, &proved, err) < 0 ||
        recall(agent, NETWORK_REFUSED, &lost, err) < 0)
        return -1;
    return !is_same(&wanted, &proved) && !is_same(&wanted, &lost) && !agent->seed.away;
}

int host_network_changes(struct agent *agent, struct error *err) {
    int (*const look[])(struct agent *, struct error *) = {host_links_differ, host_address_differs, host_routes_differ,
                                                           host_network_differs};
    for (size_t i = 0; i < sizeof(look) / sizeof(look[0]); i++) {
        int differs = look[i](agent, err);
        if (differs)
            return differs;
    }
    return 0;
}

/* The seed answers, full-sized packets come through, and so do the other masters if they did before. */
static int holds(struct agent *agent, struct error *err) {
    if (agent->world->probe_seed(&agent->seed, agent->cmdline.site, err) < 0 ||
        agent->world->path_carries(&agent->seed, err) < 0)
        return -1;
    size_t answering;
    if (!agent->masters_answered)
        return 0;
    if (network_count_masters(agent, &answering, err) < 0)
        return -1;
    return answering >= agent->masters_answered
               ? 0
               : error_set(err, EHOSTUNREACH, "%zu other masters answer, and %zu did before", answering,
                           agent->masters_answered);
}

static int await_proof(struct agent *agent, int within_ms, struct error *err) {
    int64_t deadline = clock_boottime_ms() + within_ms;
    /* An old connection knows the old MTU: what the seed sends on it may vanish. */
    agent->world->http_disconnect(&agent->seed.connection);
    while (holds(agent, err) < 0) {
        if (clock_boottime_ms() >= deadline)
            return -1;
        nanosleep(&(struct timespec){.tv_nsec = AGAIN_MS * 1000000L}, NULL);
    }
    return 0;
}

/* Where the network before says neither bond nor VLAN, they are those that the initramfs made, by the kernel command
 * line: the document's may have taken their place. Whether it is so. */
static bool use_words_of_kernel(struct agent *agent) {
    struct network_link *own = &agent->role->network.links[0];
    if (own->bond.n || own->vlan || agent->role->interface)
        return false;
    own->bond = agent->cmdline.bond;
    own->vlan = agent->cmdline.vlan;
    return own->bond.n || own->vlan;
}

static int apply_all(struct agent *agent, struct error *err) {
    int differs = host_links_apply(agent, err) < 0 ? -1 : host_address_differs(agent, err);
    return differs < 0 || (differs && host_address_apply(agent, err) < 0) || host_links_apply(agent, err) < 0 ||
                   host_routes_apply(agent, err) < 0
               ? -1
               : 0;
}

static int apply_proved(struct agent *agent, const struct buf *proved, struct error *err) {
    use_proved(agent, proved);
    if (use_words_of_kernel(agent)) {
        if (apply_all(agent, err) < 0 || host_links_release(agent, err) < 0)
            return -1;
        use_proved(agent, proved);
    }
    return apply_all(agent, err);
}

/* A disk that takes no file is no reason to stay away from the seed. */
static int go_back(struct agent *agent, const struct buf *wanted, const struct error *why, struct error *err) {
    cleanup_buf struct buf proved = BUF_INIT(TEXT_MAX);
    struct error problem, unkept;
    if (recall(agent, NETWORK_PROVED, &proved, err) < 0)
        return -1;
    int kept = agent->world->file_write(NETWORK_REFUSED, wanted->data, wanted->length, 0600, &unkept);
    if (apply_proved(agent, &proved, err) < 0)
        return error_wrap(err, "back to the network before");
    error_fail(&problem, SR_NETWORK_BACK, EHOSTUNREACH, "network: %s", why->message);
    error_remedy(&problem, "the machine is back on the network before; correct `network` in the site document");
    log_warning("%s; %s [%s]", problem.message, problem.remedy, code_name(problem.code));
    events_problem(agent, &(struct event){.step = "host", .state = "running"}, &problem, false);
    if (kept < 0)
        *err = unkept;
    return kept;
}

/* Where nothing answers over the network before either, the seed or another master went away meanwhile: the new one is
 * not at fault, and is tried again when the seed is back. */
static int judge(struct agent *agent) {
    struct error silent;
    if (await_proof(agent, JUDGE_MS, &silent) == 0)
        return 0;
    log_warning("network: nor over the one before: %s; the new one is tried again", silent.message);
    unlink(NETWORK_REFUSED);
    agent->seed.away = true;
    return 0;
}

int host_network_prove(struct agent *agent, struct error *err) {
    cleanup_buf struct buf wanted = BUF_INIT(TEXT_MAX), proved = BUF_INIT(TEXT_MAX);
    struct error why = {0};
    if (role_network_text(agent->role, &wanted, err) < 0 || recall(agent, NETWORK_PROVED, &proved, err) < 0)
        return -1;
    bool nothing_new = !proved.length && network_is_empty(&agent->role->network);
    if (!nothing_new && await_proof(agent, PROVE_MS, &why) < 0) {
        error_wrap(&why, "after %d s", PROVE_MS / 1000);
        return go_back(agent, &wanted, &why, err) < 0 ? -1 : judge(agent);
    }
    if (agent->world->file_write(NETWORK_PROVED, wanted.data, wanted.length, 0600, err) < 0)
        return -1;
    unlink(NETWORK_REFUSED);
    if (!nothing_new)
        log_info("network: the seed answers over it");
    return 0;
}

int host_network_retreat(struct agent *agent, struct error *err) {
    cleanup_buf struct buf wanted = BUF_INIT(TEXT_MAX), proved = BUF_INIT(TEXT_MAX);
    struct error failed, why = *err;
    if (host_network_differs(agent, &failed) != 1 || recall(agent, NETWORK_PROVED, &proved, &failed) < 0 ||
        !proved.length || role_network_text(agent->role, &wanted, &failed) < 0)
        return -1;
    return go_back(agent, &wanted, &why, err);
}
