/* SPDX-License-Identifier: Apache-2.0
 * See helper.h. */
#include "helper.h"
#include "agent.h"
#include "world/world.h"

#include <string.h>

bool helper_is_me(struct agent *agent, const char *but) {
    const struct role *role = agent->role;
    for (size_t i = 0; i < role->n_peers; i++) {
        const struct role_peer *peer = &role->peers[i];
        struct error none;
        if (peer->role != NODE_MASTER || !strcmp(peer->hostname, but))
            continue;
        if (!strcmp(peer->hostname, role->hostname))
            return true;
        if (agent->world->api_ready(peer, &none) == 0)
            return false;
    }
    return false;
}
