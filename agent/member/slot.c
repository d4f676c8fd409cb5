/* SPDX-License-Identifier: Apache-2.0
 * See slot.h. */
#include "slot.h"
#include "agent.h"
#include "decide/answer.h"
#include "decide/cluster.h"
#include "world/world.h"

#include "log.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct looking { /* for the member of one machine */
    const struct role *role;
    const char *hostname;
    bool found, learner;
};

static int look(const struct cluster_member *member, void *context, struct error *err) {
    (void)err;
    struct looking *looking = context;
    if (cluster_member_is_of(member, looking->role, looking->hostname)) {
        looking->found = true;
        looking->learner = member->learner;
    }
    return 0;
}

/* Another master's machine. */
static int check_other(struct agent *agent, const char *hostname, bool joining, struct error *err) {
    struct looking looking = {.role = agent->role, .hostname = hostname};
    if (agent->world->etcd_each_member(look, &looking, err) < 0)
        return -1;
    if (!looking.found && joining)
        return error_fail(err, SR_WAIT_TICKET, EAGAIN, "%s joins and still fetches the certificates", hostname);
    if (!looking.found || !looking.learner || joining)
        return 0;
    /* Its ticket has ended: it is looked at again, since it may have got its vote meanwhile. */
    log_warning("%s did not end its join: its etcd, a learner, is removed", hostname);
    return agent->world->etcd_remove_learner(agent->role, hostname, err);
}

int slot_is_free(struct agent *agent, const struct answer_pending *ticket, struct error *err) {
    const struct role *role = agent->role;
    for (size_t i = 0; i < role->n_peers; i++) {
        const struct role_peer *peer = &role->peers[i];
        if (peer->role == NODE_MASTER && strcmp(peer->hostname, role->hostname) != 0 &&
            strcmp(peer->hostname, ticket->hostname) != 0 &&
            check_other(agent, peer->hostname, answer_joins(ticket, peer->hostname), err) < 0)
            return -1;
    }
    return 0;
}
