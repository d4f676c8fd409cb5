/* SPDX-License-Identifier: Apache-2.0
 * See slot.h. */
#include "slot.h"
#include "agent.h"
#include "decide/paths.h"
#include "world/world.h"

#include "clock.h"
#include "json.h"
#include "log.h"
#include "net.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CALL_S = 10, LOOK_S = 25, AWAY_S = 5, MESSAGE_MAX = 511 /* as the seed reads */ };

static bool lists(const cJSON *names, const char *hostname) {
    const cJSON *name;
    cJSON_ArrayForEach(name, names) {
        if (cJSON_IsString(name) && !strcmp(name->valuestring, hostname))
            return true;
    }
    return false;
}

static bool is_first(const struct agent *agent, const cJSON *waiting) {
    const char *first = cJSON_GetStringValue(cJSON_GetArrayItem(waiting, 0));
    return first && !strcmp(first, agent->role->hostname);
}

static void copy(const cJSON *tree, const char *key, char *ret, size_t size) {
    snprintf(ret, size, "%s", json_text(tree, key));
}

/* --- what this machine remembers, for a seed that was restored from an old backup --- */

/* Durable before anything is done in the turn. */
int slot_remember(struct agent *agent, int64_t token, const char *kind, const char *target, bool done,
                  struct error *err) {
    cleanup_json cJSON *tree = cJSON_CreateObject();
    char boot[SLOT_BOOT_SIZE];
    slot_boot(agent, boot);
    cJSON_AddNumberToObject(tree, "token", (double)token);
    cJSON_AddStringToObject(tree, "kind", kind);
    cJSON_AddStringToObject(tree, "boot", boot);
    cJSON_AddBoolToObject(tree, "in_hand", !done);
    if (target[0])
        cJSON_AddStringToObject(tree, "target", target);
    char *text = cJSON_PrintUnformatted(tree);
    int result = text ? agent->world->file_write(KUBE_TURN, text, strlen(text), 0600, err)
                      : error_errno(err, ENOMEM, "remember the turn");
    cJSON_free(text);
    return result;
}

static int say(struct agent *agent, const char *word, cJSON *body, cJSON **ret, struct error *err);

/* A restore is a turn, too, which all machines remember. */
static void witness_restore(struct agent *agent, const struct slot_record *record) {
    cleanup_buf struct buf text = BUF_INIT(64);
    cleanup_json cJSON *body = cJSON_CreateObject();
    struct error err = {0};
    if (agent->world->file_read(RESTORED, &text, &err) < 0)
        return;
    long long turn = strtoll(buf_text(&text), NULL, 10);
    if (turn <= record->token)
        return;
    cJSON_AddNumberToObject(body, "token", (double)turn);
    cJSON_AddStringToObject(body, "kind", "rollout"); /* one that every machine may speak of */
    cJSON_AddBoolToObject(body, "in_hand", false);
    if (say(agent, "witness", body, NULL, &err) < 0)
        log_warning("%s", err.message);
}

/* Tells the seed of a later turn than its record has. */
static void witness(struct agent *agent, const struct slot_record *record) {
    cleanup_buf struct buf text = BUF_INIT(4096);
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    if (agent->world->file_read(KUBE_TURN, &text, &err) < 0 ||
        json_parse(buf_text(&text), text.length, &tree, &err) < 0 ||
        json_number(tree, "token", 0) <= (double)record->token)
        return;
    if (say(agent, "witness", tree, NULL, &err) < 0)
        log_warning("%s", err.message);
}

static bool is_true(const cJSON *tree, const char *name) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, name));
}

/* Nobody begins before all hold the target. */
static void look_at_upgrade(const struct agent *agent, const cJSON *tree, struct slot_record *ret) {
    const cJSON *waiting = cJSON_GetObjectItemCaseSensitive(tree, "waiting");
    const cJSON *held = cJSON_GetObjectItemCaseSensitive(tree, "held");
    ret->must_hold = !ret->halted && lists(waiting, agent->role->hostname) && !lists(held, agent->role->hostname);
    ret->my_turn = ret->my_turn && cJSON_GetArraySize(held) == cJSON_GetArraySize(waiting);
    ret->moved = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(tree, "moved")) > 0;
}

int slot_look(struct agent *agent, unsigned wait_s, struct slot_record *ret, struct error *err) {
    cleanup_json cJSON *tree = NULL;
    char path[96];
    snprintf(path, sizeof(path), "/v1/maintenance?version=%lld&wait=%u", (long long)ret->version, wait_s);
    if (agent->world->seed_call(&agent->seed, "GET", path, NULL, wait_s + 5, NULL, &tree, err) < 0)
        return -1;
    const char *state = json_text(tree, "state"), *holder = json_text(tree, "holder");
    double version = json_number(tree, "version", 0);
    if (version < 1 || !state[0] || (holder[0] && !net_label_valid(holder)))
        return error_set(err, EPROTO, "seed: answer to GET /v1/maintenance");
    *ret = (struct slot_record){.version = (int64_t)version,
                                .closed = !strcmp(state, "CLOSED"),
                                .token = (int64_t)json_number(tree, "token", 0),
                                .since_ms = (int64_t)json_number(tree, "since_ms", 0),
                                .restored = (int64_t)json_number(tree, "restored", 0),
                                .running = !strcmp(state, "RUNNING"),
                                .halted = !strcmp(state, "HALTED"),
                                .aborted = is_true(tree, "aborted"),
                                .mine = !strcmp(holder, agent->role->hostname),
                                .lose_data = is_true(tree, "lose_data") || is_true(tree, "lose_this"),
                                .off = is_true(tree, "off"),
                                .keep_disk = is_true(tree, "keep_disk"),
                                .soak_s = (int)json_number(tree, "soak_s", 0),
                                .drain_s = (int)json_number(tree, "drain_timeout_s", 0)};
    copy(tree, "kind", ret->kind, sizeof(ret->kind));
    copy(tree, "step", ret->step, sizeof(ret->step));
    copy(tree, "holder", ret->holder, sizeof(ret->holder));
    copy(tree, "boot", ret->boot, sizeof(ret->boot));
    const cJSON *waiting = cJSON_GetObjectItemCaseSensitive(tree, "waiting");
    ret->my_turn = ret->running && !holder[0] && is_first(agent, waiting);
    copy(tree, "target", ret->target, sizeof(ret->target));
    if (!strcmp(ret->kind, "upgrade"))
        look_at_upgrade(agent, tree, ret);
    witness(agent, ret);
    witness_restore(agent, ret);
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
    char boot[SLOT_BOOT_SIZE];
    cJSON_AddStringToObject(body, "kind", kind);
    slot_boot(agent, boot);
    if (!strcmp(kind, "rollout") || !strcmp(kind, "upgrade")) /* the seed of the version before knows no such field */
        cJSON_AddStringToObject(body, "boot", boot);
    if (say(agent, "take", body, &tree, err) < 0)
        return -1;
    double token = json_number(tree, "token", 0);
    if (token < 1 || strcmp(json_text(tree, "holder"), agent->role->hostname) != 0)
        return error_set(err, EPROTO, "seed: answer to POST /v1/maintenance/take");
    *ret_token = (int64_t)token;
    return slot_remember(agent, *ret_token, kind, !strcmp(kind, "upgrade") ? json_text(tree, "target") : "", false,
                         err);
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

int slot_back(struct agent *agent, const char *kind, int64_t token, struct error *err) {
    cleanup_json cJSON *body = with_token(token);
    struct error unkept = {0};
    if (say(agent, "back", body, NULL, err) < 0)
        return -1;
    if (slot_remember(agent, token, kind, "", true, &unkept) < 0)
        log_warning("%s", unkept.message); /* only a seed that was restored would ask */
    return 0;
}

int slot_held(struct agent *agent, const char *target, struct error *err) {
    cleanup_json cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "target", target);
    return say(agent, "held", body, NULL, err);
}

int slot_helped(struct agent *agent, int64_t token, const char *step, struct error *err) {
    cleanup_json cJSON *body = with_token(token);
    cJSON_AddStringToObject(body, "step", step);
    return say(agent, "helped", body, NULL, err);
}

int slot_fail(struct agent *agent, int64_t token, const char *step, const struct error *problem, struct error *err) {
    cleanup_json cJSON *body = with_token(token);
    char message[MESSAGE_MAX + 1];
    snprintf(message, sizeof(message), "%.63s: %.220s%s%.220s", agent->role->hostname, problem->message,
             problem->remedy[0] ? "; " : "", problem->remedy);
    cJSON_AddStringToObject(body, "code", code_name(problem->code ? problem->code : SR_MAINTENANCE));
    cJSON_AddStringToObject(body, "message", message);
    if (step)
        cJSON_AddStringToObject(body, "step", step);
    return say(agent, "fail", body, NULL, err);
}

int slot_await_help(struct agent *agent, int64_t token, const char *step, struct error *err) {
    struct slot_record record = {0};
    char done[SLOT_WORD_SIZE + 8];
    snprintf(done, sizeof(done), "%s-done", step);
    for (;;) {
        if (slot_look(agent, record.version ? LOOK_S : 0, &record, err) < 0) {
            nanosleep(&(struct timespec){.tv_sec = AWAY_S}, NULL);
            continue;
        }
        bool aborted = record.aborted && !strcmp(step, "drain") && access(UPGRADE_BEGUN, F_OK) < 0;
        if (!record.mine || record.token != token || record.halted || aborted)
            return error_set(err, ECANCELED, "the order is %s",
                             record.halted ? "halted"
                             : aborted     ? "aborted"
                                           : "over for this machine");
        if (!strcmp(record.step, done))
            return 0;
    }
}

void slot_boot(struct agent *agent, char ret[static SLOT_BOOT_SIZE]) {
    cleanup_buf struct buf text = BUF_INIT(64);
    struct error none;
    ret[0] = '\0';
    if (agent->world->file_read("/proc/sys/kernel/random/boot_id", &text, &none) == 0)
        snprintf(ret, SLOT_BOOT_SIZE, "%.*s", (int)strcspn(buf_text(&text), "\n"), buf_text(&text));
}
