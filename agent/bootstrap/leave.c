/* SPDX-License-Identifier: Apache-2.0
 * See leave.h. etcd serves clients once it has reached a leader, and its metrics before. */
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
#define DATA_OF_ETCD "/var/lib/etcd/member"
#define CLIENT_KEY KUBE_PKI "/etcd/healthcheck-client.key"
enum { HEARD_MS = 2000, STARTS_MS = 30000, LEADER_MS = 60000, PAUSE_MS = 250 };

struct own {
    const struct role *role;
    bool member, learner;
};

static int find_own(const struct cluster_member *member, void *context, struct error *err) {
    struct own *own = context;
    (void)err;
    if (cluster_member_is_of(member, own->role, own->role->hostname)) {
        own->member = true;
        own->learner = member->learner;
    }
    return 0;
}

static bool has_etcd(const struct agent *agent) {
    return role_is_master(agent->role) && kubernetes_has(agent->role->release, K8S_ETCD_LEARNERS) &&
           access(MANIFEST, F_OK) == 0 && access(DATA_OF_ETCD, F_OK) == 0 && access(CLIENT_KEY, F_OK) == 0;
}

/* A learner lists no members. It may have got its vote and not know that yet, until it has heard its leader. */
static bool is_learner(const struct agent *agent, int64_t *since) {
    struct cluster_leader leader;
    struct error away;
    if (agent->world->etcd_leader(&leader, &away) < 0 || !leader.known || !leader.learner)
        *since = 0;
    else if (!*since)
        *since = clock_boottime_ms();
    return *since && clock_boottime_ms() - *since >= HEARD_MS;
}

/* Waits until etcd says what it is. 1: it did, *own; 0: it does not start at all. */
static int await_members(const struct agent *agent, struct own *own, struct error *err) {
    int64_t begun = clock_boottime_ms(), seen = 0, learner_since = 0;
    unsigned long changes;
    struct error away = {0};
    for (;;) {
        *own = (struct own){.role = agent->role};
        if (is_learner(agent, &learner_since))
            return own->learner = true;
        if (agent->world->etcd_each_member(find_own, own, &away) == 0)
            return 1;
        int64_t now = clock_boottime_ms();
        if (agent->world->etcd_leader_changes(&changes, &away) == 0)
            seen = now;
        if (!seen && now - begun >= STARTS_MS)
            return 0;
        if (now - begun >= LEADER_MS) {
            error_fail(err, SR_ETCD_HEALTH, EAGAIN,
                       "this machine lost power while it joined, and its etcd may have a vote that the others need: it "
                       "gives it back when they have a leader");
            return error_remedy(err, "power the other masters on; if none of them lives, docs/restore.md");
        }
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
}

int leave_etcd(struct agent *agent, struct error *err) {
    struct own own;
    if (!has_etcd(agent))
        return 0;
    if (agent->world->service_up("kubelet", err) < 0)
        return -1;
    int listed = await_members(agent, &own, err);
    if (listed <= 0 || !own.member || own.learner)
        return listed < 0 ? -1 : 0;
    log_info("etcd: this machine gives its vote back, before its join begins again");
    return agent->world->etcd_remove_member(agent->role, agent->role->hostname, err) < 0
               ? error_wrap(err, "give the vote in etcd back")
               : 0;
}
