/* SPDX-License-Identifier: Apache-2.0
 * See health.h. */
#include "health.h"
#include "world/world.h"

#include "clock.h"
#include <stdlib.h>
#include <time.h>

enum { PAUSE_MS = 250 }; /* /health and /readyz cannot be watched */

struct looking {
    const struct world *world;
    const struct role *role;
    int (*member)(const struct cluster_member *member, struct error *err);
};

/* Which machine it is, and what to do: as long as one member is not healthy, no master may join. */
static int fail_member(const struct cluster_member *member, const struct role *role, struct error *err) {
    for (size_t i = 0; i < role->n_peers; i++)
        if (cluster_member_is_of(member, role, role->peers[i].hostname))
            return error_remedy(err, "power %s on; lost for good: seedctl forget %s, and a new machine in its place",
                                role->peers[i].hostname, role->peers[i].hostname);
    error_wrap(err, "%s is no machine of the site and still a member of etcd",
               member->name[0] ? member->name : "a machine that never started");
    return error_remedy(err, "take it out: etcdctl member remove %llx", strtoull(member->id, NULL, 10));
}

static int check_member(const struct cluster_member *member, void *context, struct error *err) {
    const struct looking *looking = context;
    if (looking->member(member, err) < 0)
        return fail_member(member, looking->role, err);
    const struct role_peer *peer = cluster_peer(looking->role, member->name);
    return peer ? looking->world->api_ready(peer, err) : 0;
}

int control_plane_healthy(const struct world *world, const struct role *role, struct error *err) {
    struct looking looking = {.world = world, .role = role, .member = world->etcd_member_healthy};
    return world->etcd_each_member(check_member, &looking, err);
}

int control_plane_serves(const struct world *world, const struct role *role, struct error *err) {
    struct looking looking = {.world = world, .role = role, .member = world->etcd_member_serves};
    return world->etcd_each_member(check_member, &looking, err);
}

int control_plane_wait_healthy(const struct world *world, const struct role *role, int64_t deadline_ms,
                               struct error *err) {
    while (control_plane_healthy(world, role, err) < 0) {
        if (clock_boottime_ms() >= deadline_ms)
            return -1;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    return 0;
}
