/* SPDX-License-Identifier: Apache-2.0
 * See leave.h. */
#include "leave.h"
#include "agent.h"
#include "decide/paths.h"
#include "world/world.h"

#include "clock.h"
#include "kubernetes.h"
#include "log.h"
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MANIFEST "/etc/kubernetes/manifests/etcd.yaml"
#define CLIENT_KEY KUBE_PKI "/etcd/healthcheck-client.key"
#define OWN "127.0.0.1"
enum { STARTS_MS = 180000, QUORUM_MS = 240000, PAUSE_MS = 500 };

bool leave_has_etcd(const struct role *role) {
    return role_is_master(role) && kubernetes_has(role->release, K8S_ETCD_LEARNERS) && access(MANIFEST, F_OK) == 0 &&
           access("/var/lib/etcd/member", F_OK) == 0 && access(CLIENT_KEY, F_OK) == 0;
}

/* 1: this machine has no vote, or none any more; 0: nobody says so yet, `err` is the last one's reason. */
static int try_at(const struct agent *agent, const char *address, struct error *err) {
    bool votes;
    if (agent->world->etcd_has_own_vote(address, agent->role, &votes, err) < 0)
        return 0;
    if (!votes)
        return 1;
    /* refused until etcd has been connected to all others for 5 s (etcd, mayRemoveMember) */
    if (agent->world->etcd_remove_own(address, agent->role, err) < 0)
        return 0;
    log_info("etcd: this machine gave its vote back, before its join begins again");
    return 1;
}

static int try_all(const struct agent *agent, bool own, struct error *err) {
    for (size_t i = 0; i < agent->role->n_peers; i++) {
        const struct role_peer *peer = &agent->role->peers[i];
        if (peer->role == NODE_MASTER && strcmp(peer->hostname, agent->role->hostname) != 0 &&
            try_at(agent, peer->address.text, err))
            return 1;
    }
    return own && try_at(agent, OWN, err);
}

int leave_etcd(struct agent *agent, struct error *err) {
    int64_t begun = clock_boottime_ms(), seen = begun;
    unsigned long changes;
    struct error why = {0}, away;
    if (try_all(agent, false, &why))
        return 0;
    if (agent->world->service_up("kubelet", err) < 0)
        return -1;
    for (;;) {
        if (try_all(agent, true, &why))
            return 0;
        int64_t now = clock_boottime_ms();
        if (agent->world->etcd_leader_changes(&changes, &away) == 0) /* it serves metrics without a leader, too */
            seen = now;
        if (now - seen >= STARTS_MS) {
            log_warning("this machine's etcd does not start, and nobody says whether it has a vote: %s", why.message);
            return 0;
        }
        if (now - begun >= QUORUM_MS) {
            error_fail(err, SR_ETCD_HEALTH, EAGAIN,
                       "this machine lost power while it joined, and its etcd may have a vote that it gives back when "
                       "etcd has a quorum: %.200s",
                       why.message);
            return error_remedy(err, "power the other masters on; if one of them is lost for good: seedctl forget it, "
                                     "and a new machine in its place; if none lives, docs/restore.md");
        }
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
}
