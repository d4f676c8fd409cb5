/* SPDX-License-Identifier: Apache-2.0
 * See backup.h. The archive is made by /usr/lib/seedrack/backup. */
#include "backup.h"
#include "agent.h"
#include "backup_bring.h"
#include "decide/paths.h"
#include "world/world.h"

#include "backup_id.h"
#include "check.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OF_SEED AGENT_BACKUPS "/.seed"
#define PROGRAM "/usr/lib/seedrack/backup"
enum { WAIT_S = 55, AWAY_S = 30, MAKE_S = 20 * 60, KEEP_MAX = 366 };

/* What the seed wants. */
struct wanted {
    char name[BACKUP_NAME_SIZE], recipient[64];
    unsigned keep;
};

/* They go onto a command line. */
static int read_wanted(const cJSON *tree, struct wanted *ret, struct error *err) {
    const char *name = json_text(tree, "name"), *recipient = json_text(tree, "recipient");
    double keep = json_number(tree, "keep", 0);
    if (!backup_name_valid(name) || check_age_recipient(recipient) || keep < 1 || keep > KEEP_MAX)
        return error_set(err, EPROTO, "seed: answer to GET /v1/backup");
    *ret = (struct wanted){.keep = (unsigned)keep};
    snprintf(ret->name, sizeof(ret->name), "%s", name);
    snprintf(ret->recipient, sizeof(ret->recipient), "%s", recipient);
    return 0;
}

/* What the seed must not lose goes into the archive, too. An older seed does not give it, and the backup is one
 * without. */
static void take_of_seed(struct agent *agent) {
    static const char *const parts[][2] = {
        {"store", "seed.sqlite"}, {"site", "site.json"}, {"passwords", "passwords.json"}};
    struct error err = {0};
    bool found = true;
    if (agent->world->file_mkdirs(OF_SEED, 0700, &err) < 0)
        log_warning("backup: %s", err.message);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char path[64], file[128];
        snprintf(path, sizeof(path), "/v1/backup/seed/%s", parts[i][0]);
        snprintf(file, sizeof(file), OF_SEED "/%s", parts[i][1]);
        if (agent->world->seed_download(&agent->seed, path, file, &found, &err) < 0) {
            log_warning("backup: without %s of the seed: %s", parts[i][1], err.message);
            found = false;
        }
        if (!found)
            unlink(file); /* part of it, or nothing */
    }
}

static int make(struct agent *agent, const struct wanted *wanted, char ret_sha256[static BACKUP_SHA256_SIZE],
                int64_t *ret_revision, struct error *err) {
    char keep[16];
    const char *const argv[] = {PROGRAM, wanted->name, wanted->recipient, keep, NULL};
    const struct child_options options = {.log_path = "/var/log/seedrack/backup.log", .timeout_s = MAKE_S};
    cleanup_buf struct buf said = BUF_INIT(4096);
    cleanup_json cJSON *tree = NULL;
    snprintf(keep, sizeof(keep), "%u", wanted->keep);
    if (agent->world->child_run(argv, &options, &said, err) < 0)
        return -1;
    if (json_parse(buf_text(&said), said.length, &tree, err) < 0 || check_sha256(json_text(tree, "sha256")))
        return error_set(err, EPROTO, PROGRAM ": it does not say what it made");
    snprintf(ret_sha256, BACKUP_SHA256_SIZE, "%s", json_text(tree, "sha256"));
    *ret_revision = (int64_t)json_number(tree, "revision", 0);
    return 0;
}

static int bring(struct agent *agent, const struct wanted *wanted, const char *sha256, int64_t revision,
                 struct error *err) {
    char text[BACKUP_TEXT_SIZE], path[BACKUP_NAME_SIZE + 128], file[BACKUP_NAME_SIZE + 64];
    struct ca_signature signature;
    backup_text(wanted->name, sha256, revision, text);
    if (agent->world->ca_key_sign(KUBE_PKI "/ca.crt", KUBE_PKI "/ca.key", text, &signature, err) < 0)
        return -1;
    snprintf(path, sizeof(path), "/v1/backups/%s?sha256=%s&revision=%lld", wanted->name, sha256, (long long)revision);
    snprintf(file, sizeof(file), AGENT_BACKUPS "/%s.age", wanted->name);
    return agent->world->seed_upload(&agent->seed, path, file, &signature, err);
}

static int make_one(struct agent *agent, const cJSON *answer, struct error *err) {
    struct wanted wanted;
    char sha256[BACKUP_SHA256_SIZE];
    int64_t revision = 0;
    if (read_wanted(answer, &wanted, err) < 0)
        return error_wrap(err, "backup");
    log_info("backup %s", wanted.name);
    take_of_seed(agent);
    if (make(agent, &wanted, sha256, &revision, err) < 0 || bring(agent, &wanted, sha256, revision, err) < 0)
        return error_wrap(err, "backup");
    log_info("backup %s: revision %lld; the seed has it", wanted.name, (long long)revision);
    return 0;
}

/* Another master tries, or this one again after a while. */
static void say_failed(struct agent *agent, struct error *problem) {
    cleanup_json cJSON *body = cJSON_CreateObject();
    struct error untold = {0};
    char message[256];
    snprintf(message, sizeof(message), "%.255s", problem->message);
    cJSON_AddStringToObject(body, "message", message);
    error_code(problem, SR_BACKUP);
    log_warning("%s", problem->message);
    events_problem(agent, &(struct event){.step = "ready", .state = "ready", .code = problem->code}, problem, false);
    if (agent->world->seed_call(&agent->seed, "POST", "/v1/backup/failed", body, 10, NULL, NULL, &untold) < 0)
        log_warning("%s", untold.message);
}

/* What one that was killed left has every Secret of the cluster in clear. */
static void clean_up(struct agent *agent) {
    static const char *const argv[] = {"rm", "-rf", AGENT_BACKUPS "/.new", OF_SEED, NULL};
    struct error err = {0};
    if (agent->world->child_run(argv, &(struct child_options){.timeout_s = 60}, NULL, &err) < 0)
        log_warning("%s", err.message);
}

void backup_forever(struct agent *agent) {
    char path[64];
    clean_up(agent);
    snprintf(path, sizeof(path), "/v1/backup?wait=%d", WAIT_S);
    for (;;) {
        cleanup_json cJSON *answer = NULL;
        struct error err = {0};
        if (agent->world->seed_call(&agent->seed, "GET", path, NULL, WAIT_S + 10, NULL, &answer, &err) < 0)
            sleep(AWAY_S); /* also of a seed that is older and makes none */
        else if (cJSON_GetObjectItemCaseSensitive(answer, "bring"))
            backup_bring(agent, cJSON_GetObjectItemCaseSensitive(answer, "bring"));
        else if (answer && make_one(agent, answer, &err) < 0)
            say_failed(agent, &err);
    }
}
