/* SPDX-License-Identifier: Apache-2.0
 * See health.h. */
#include "health.h"
#include "effects/api_server.h"
#include "effects/etcd.h"

#include "clock.h"
#include <time.h>

enum { PAUSE_MS = 250 }; /* /health and /readyz cannot be watched */

static int check_member(const struct cluster_member *member, void *context, struct error *err) {
    if (etcd_member_healthy(member, err) < 0)
        return -1;
    const struct role_peer *peer = cluster_peer(context, member->name);
    return peer ? api_ready(peer, err) : 0;
}

int control_plane_healthy(const struct role *role, struct error *err) {
    return etcd_each_member(check_member, (void *)(uintptr_t)role, err);
}

int control_plane_wait_healthy(const struct role *role, int64_t deadline_ms, struct error *err) {
    while (control_plane_healthy(role, err) < 0) {
        if (clock_boottime_ms() >= deadline_ms)
            return -1;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    return 0;
}
