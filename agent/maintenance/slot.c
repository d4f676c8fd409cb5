/* SPDX-License-Identifier: Apache-2.0
 * See slot.h. */
#include "slot.h"
#include "agent.h"
#include "world/world.h"

#include "clock.h"
#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CALL_S = 10, MESSAGE_MAX = 511 /* as the seed reads */ };

static bool is_first(const struct agent *agent, const cJSON *waiting) {
    const char *first = cJSON_GetStringValue(cJSON_GetArrayItem(waiting, 0));
    return first && !strcmp(first, agent->role->hostname);
}

int slot_look(struct agent *agent, const char *kind, unsigned wait_s, struct slot_record *ret, struct error *err) {
    cleanup_json cJSON *tree = NULL;
    char path[96];
    snprintf(path, sizeof(path), "/v1/maintenance?version=%lld&wait=%u", (long long)ret->version, wait_s);
    if (agent->world->seed_call(&agent->seed, "GET", path, NULL, wait_s + 5, NULL, &tree, err) < 0)
        return -1;
    const char *state = json_text(tree, "state"), *holder = json_text(tree, "holder");
    bool ours = !strcmp(json_text(tree, "kind"), kind);
    double version = json_number(tree, "version", 0);
    if (version < 1 || !state[0])
        return error_set(err, EPROTO, "seed: answer to GET /v1/maintenance");
    *ret = (struct slot_record){.version = (int64_t)version,
                                .closed = !strcmp(state, "CLOSED"),
                                .running = !strcmp(state, "RUNNING"),
                                .mine = ours && !strcmp(holder, agent->role->hostname)};
    ret->my_turn =
        ours && ret->running && !holder[0] && is_first(agent, cJSON_GetObjectItemCaseSensitive(tree, "waiting"));
    return 0;
}

static int say(struct agent *agent, const char *word, cJSON *body, cJSON **ret, struct error *err) {
    char path[64];
    snprintf(path, sizeof(path), "/v1/maintenance/%s", word);
    return agent->world->seed_call(&agent->seed, "POST", path, body, CALL_S, NULL, ret, err) < 0
               ? error_wrap(err, "maintenance %s", word)
               : 0;
}

int slot_take(struct agent *agent, const char *kind, int64_t *ret_token, struct error *err) {
    cleanup_json cJSON *body = cJSON_CreateObject(), *tree = NULL;
    cJSON_AddStringToObject(body, "kind", kind);
    if (say(agent, "take", body, &tree, err) < 0)
        return -1;
    double token = json_number(tree, "token", 0);
    if (token < 1 || strcmp(json_text(tree, "holder"), agent->role->hostname) != 0)
        return error_set(err, EPROTO, "seed: answer to POST /v1/maintenance/take");
    *ret_token = (int64_t)token;
    return 0;
}

static cJSON *with_token(int64_t token) {
    cJSON *body = cJSON_CreateObject();
    cJSON_AddNumberToObject(body, "token", (double)token);
    return body;
}

int slot_step(struct agent *agent, int64_t token, const char *step, int64_t *ret_ahead_ms, struct error *err) {
    cleanup_json cJSON *body = with_token(token), *tree = NULL;
    cJSON_AddStringToObject(body, "step", step);
    if (say(agent, "step", body, &tree, err) < 0)
        return -1;
    double since_ms = json_number(tree, "since_ms", 0); /* of now, by the seed */
    if (since_ms < 1)
        return error_set(err, EPROTO, "seed: answer to POST /v1/maintenance/step");
    *ret_ahead_ms = clock_wall_ms() - (int64_t)since_ms;
    return 0;
}

int slot_back(struct agent *agent, int64_t token, struct error *err) {
    cleanup_json cJSON *body = with_token(token);
    return say(agent, "back", body, NULL, err);
}

int slot_fail(struct agent *agent, int64_t token, const struct error *problem, struct error *err) {
    cleanup_json cJSON *body = with_token(token);
    char message[MESSAGE_MAX + 1];
    snprintf(message, sizeof(message), "%.63s: %.220s%s%.220s", agent->role->hostname, problem->message,
             problem->remedy[0] ? "; " : "", problem->remedy);
    cJSON_AddStringToObject(body, "code", code_name(problem->code ? problem->code : SR_MAINTENANCE));
    cJSON_AddStringToObject(body, "message", message);
    return say(agent, "fail", body, NULL, err);
}
