/* SPDX-License-Identifier: Apache-2.0
 * See revoke.h. The cluster says which tokens exist, and the seed says how far the ticket of each one is. This master
 * remembers nothing, so it does not matter which master minted the token or whether that one still runs. */
#include "revoke.h"
#include "agent.h"
#include "decide/answer.h"
#include "world/world.h"

#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>

/* The seed may have restarted and forgotten a ticket whose machine is still joining. So the token of an unknown ticket
 * is not deleted; it expires by itself. */
static int has_ended(struct agent *agent, const struct token *token, bool *ret, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    char path[96];
    *ret = false;
    snprintf(path, sizeof(path), "/v1/tickets/%s/state", token->ticket);
    if (agent->world->seed_call(&agent->seed, "GET", path, NULL, 10, NULL, &answer, err) < 0)
        return err->errnum == ENOENT ? 0 : -1;
    return answer_ticket_state(answer, ret, err) < 0 ? error_wrap(err, "seed: answer to GET /v1/tickets/ID/state") : 0;
}

static int revoke(struct agent *agent, const struct token *token, struct error *err) {
    if (agent->world->api_remove_token(agent->role, token, err) < 0)
        return -1;
    log_info("bootstrap token %s is deleted", token->id);
    return 0;
}

int revoke_ended(struct agent *agent, size_t *ret_left, struct error *err) {
    struct token tokens[TOKENS_MAX];
    size_t count, left = 0;
    if (agent->world->api_tokens(agent->role, tokens, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        bool ended = tokens[i].kind == TOKEN_INIT;
        if (tokens[i].kind == TOKEN_TICKET && has_ended(agent, &tokens[i], &ended, err) < 0)
            return -1;
        if (ended && revoke(agent, &tokens[i], err) < 0)
            return -1;
        left += tokens[i].kind == TOKEN_TICKET && !ended;
    }
    /* The token of a master's ticket is made before its certificates. So when this list has no token of a ticket, no
     * machine needs the certificates in it. */
    for (size_t i = 0; i < count && left == 0; i++)
        if (tokens[i].kind == TOKEN_CERTS && revoke(agent, &tokens[i], err) < 0)
            return -1;
    *ret_left = left;
    return 0;
}
