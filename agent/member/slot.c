/* SPDX-License-Identifier: Apache-2.0
 * See slot.h. revoke_ended() has deleted the tokens of the joins that the seed knows to be over. */
#include "slot.h"
#include "agent.h"
#include "decide/cluster.h"
#include "world/world.h"

#include "log.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LEARNERS_MAX = 8 /* etcd takes one, unless somebody raised --max-learners */ };

struct members {
    const struct role *role;
    const struct token *tokens;
    size_t n_tokens;
    bool found[ROLE_PEERS_MAX]; /* by the peer's row: it is a member */
    struct {
        char id[24];
        const struct role_peer *peer; /* NULL: of no machine of the site */
    } learners[LEARNERS_MAX];
    size_t n_learners;
};

static int note(const struct cluster_member *member, void *context, struct error *err) {
    struct members *members = context;
    const struct role *role = members->role;
    const struct role_peer *peer = NULL;
    for (size_t i = 0; i < role->n_peers && !peer; i++)
        if (cluster_member_is_of(member, role, role->peers[i].hostname)) {
            peer = &role->peers[i];
            members->found[i] = true;
        }
    if (!member->learner)
        return 0;
    if (members->n_learners == LEARNERS_MAX)
        return error_set(err, E2BIG, "etcd has more than %d learners", LEARNERS_MAX);
    snprintf(members->learners[members->n_learners].id, sizeof(members->learners[0].id), "%s", member->id);
    members->learners[members->n_learners++].peer = peer;
    return 0;
}

static bool joins(const struct members *members, const struct role_peer *peer) {
    for (size_t i = 0; i < members->n_tokens; i++)
        if (members->tokens[i].kind == TOKEN_TICKET && !strcmp(members->tokens[i].hostname, peer->hostname))
            return true;
    return false;
}

static int fail_joining(const struct role_peer *peer, struct error *err) {
    return error_fail(err, SR_WAIT_TICKET, EAGAIN, "%s joins now", peer->hostname);
}

static int clear_learners(struct agent *agent, const struct members *members, const char *hostname, struct error *err) {
    for (size_t i = 0; i < members->n_learners; i++) {
        const struct role_peer *peer = members->learners[i].peer;
        if (peer && strcmp(peer->hostname, hostname) != 0 && joins(members, peer))
            return fail_joining(peer, err);
        log_warning("%s did not end its join: its etcd, a learner, is removed",
                    peer ? peer->hostname : "a machine that is not in the site");
        if (agent->world->etcd_remove_learner(members->learners[i].id, err) < 0)
            return -1;
    }
    return 0;
}

int slot_drop_stale_pods(struct agent *agent, struct error *err) {
    const struct role *role = agent->role;
    struct members members = {.role = role};
    if (agent->world->etcd_each_member(note, &members, err) < 0)
        return -1;
    for (size_t i = 0; i < role->n_peers; i++) {
        const struct role_peer *peer = &role->peers[i];
        if (peer->role == NODE_MASTER && !members.found[i] &&
            agent->world->api_remove_etcd_pod(role, peer->hostname, err) < 0)
            return -1;
    }
    return 0;
}

int slot_is_free(struct agent *agent, const char *hostname, struct error *err) {
    const struct role *role = agent->role;
    struct token tokens[TOKENS_MAX];
    struct members members = {.role = role, .tokens = tokens};
    if (agent->world->api_tokens(role, tokens, &members.n_tokens, err) < 0 ||
        agent->world->etcd_each_member(note, &members, err) < 0)
        return -1;
    for (size_t i = 0; i < role->n_peers; i++) {
        const struct role_peer *peer = &role->peers[i];
        if (peer->role == NODE_MASTER && !members.found[i] && strcmp(peer->hostname, hostname) != 0 &&
            joins(&members, peer))
            return fail_joining(peer, err);
    }
    return clear_learners(agent, &members, hostname, err);
}
