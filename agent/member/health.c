/* SPDX-License-Identifier: Apache-2.0
 * See health.h. */
#include "health.h"
#include "world/world.h"

#include "clock.h"
#include <time.h>

enum { PAUSE_MS = 250 }; /* /health and /readyz cannot be watched */

struct looking {
    const struct world *world;
    const struct role *role;
};

static int check_member(const struct cluster_member *member, void *context, struct error *err) {
    const struct looking *looking = context;
    if (looking->world->etcd_member_healthy(member, err) < 0)
        return -1;
    const struct role_peer *peer = cluster_peer(looking->role, member->name);
    return peer ? looking->world->api_ready(peer, err) : 0;
}

int control_plane_healthy(const struct world *world, const struct role *role, struct error *err) {
    struct looking looking = {.world = world, .role = role};
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
