/* SPDX-License-Identifier: Apache-2.0
 * See restore.h. Until the journal says that this machine is a member, a power cut is a new beginning. */
#include "restore.h"
#include "agent.h"
#include "bootstrap/record.h"
#include "decide/paths.h"
#include "slot.h"
#include "work.h"
#include "world/world.h"

#include "backup_id.h"
#include "check.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROGRAM "/usr/lib/seedrack/restore"
#define FOLDER AGENT_STATE "/restore" /* its own key, the archive, and what is in it */
#define LOG "/var/log/seedrack/restore.log"
enum { CALL_S = 10, LOOK_S = 25, AWAY_S = 5, PROGRAM_S = 20 * 60, READY_S = 600, PROBE_MS = 2000 };

static int64_t known_turn(const struct agent *agent) {
    cleanup_buf struct buf text = BUF_INIT(64);
    struct error none;
    return agent->world->file_read(RESTORED, &text, &none) < 0 ? 0 : strtoll(buf_text(&text), NULL, 10);
}

static int know_turn(const struct agent *agent, int64_t turn, struct error *err) {
    char text[32];
    int length = snprintf(text, sizeof(text), "%lld\n", (long long)turn);
    return agent->world->file_write(RESTORED, text, (size_t)length, 0600, err);
}

static int run_program(const struct agent *agent, const char *const *argv, struct buf *ret, struct error *err) {
    return agent->world->child_run(argv, &(struct child_options){.log_path = LOG, .timeout_s = PROGRAM_S}, ret, err) < 0
               ? error_code(err, SR_RESTORE)
               : 0;
}

/* What one that lost power left has every Secret of the cluster in clear. */
static void clean_up(const struct agent *agent) {
    static const char *const argv[] = {"rm", "-rf", FOLDER, NULL};
    struct error err = {0};
    if (agent->world->child_run(argv, &(struct child_options){.timeout_s = 60}, NULL, &err) < 0)
        log_warning("%s", err.message);
}

/* --- before this machine is a member --- */

/* By TLS the operator sees that the key is of the machine that he let in. */
static int sign_key(const struct agent *agent, const char *recipient, cJSON *body, struct error *err) {
    char text[BACKUP_TEXT_SIZE];
    struct ca_signature signature = {0};
    restore_key_text(agent->role->hostname, recipient, text);
    if (agent->seed.pin[0] && agent->world->ca_key_sign(AGENT_STATE "/" IDENTITY_CERTIFICATE,
                                                        AGENT_STATE "/" IDENTITY_KEY, text, &signature, err) < 0)
        return -1;
    cJSON_AddStringToObject(body, "recipient", recipient);
    cJSON_AddStringToObject(body, "public_key", signature.public_key);
    cJSON_AddStringToObject(body, "signature", signature.signature);
    return 0;
}

/* A key for this archive alone; it stays until the machine is a member. */
static int make_key(const struct agent *agent, cJSON *body, struct error *err) {
    static const char *const argv[] = {PROGRAM, "key", NULL};
    cleanup_buf struct buf said = BUF_INIT(256);
    char recipient[RECIPIENT_SIZE];
    if (run_program(agent, argv, &said, err) < 0)
        return -1;
    snprintf(recipient, sizeof(recipient), "%.*s", (int)strcspn(buf_text(&said), "\n"), buf_text(&said));
    if (check_age_recipient(recipient))
        return error_set(err, EPROTO, PROGRAM ": it says no key");
    return sign_key(agent, recipient, body, err);
}

static int get_once(struct agent *agent, const cJSON *body, bool *ret_found, struct error *err) {
    if (agent->world->seed_call(&agent->seed, "POST", "/v1/restore", body, CALL_S, NULL, NULL, err) < 0)
        return -1;
    return agent->world->seed_download(&agent->seed, "/v1/restore?wait=10", FOLDER "/archive.age", ret_found, err);
}

/* The operator encrypts it to the key, where his own is. The seed may forget the key: it is told again and again. */
static int get_archive(const struct work *work, struct error *err) {
    cleanup_json cJSON *body = cJSON_CreateObject();
    if (make_key(work->agent, body, err) < 0)
        return -1;
    for (bool found = false; !found;) {
        struct error problem = {0};
        if (get_once(work->agent, body, &found, &problem) == 0)
            continue;
        *err = problem;
        if (!seed_is_away(&problem))
            return -1;
        log_warning("%s", problem.message);
        nanosleep(&(struct timespec){.tv_sec = AWAY_S}, NULL);
    }
    return 0;
}

static int read_record(struct agent *agent, struct record_view *ret, struct error *err) {
    if (record_get(agent->world, &agent->seed, &agent->journal.seen, 0, 0, ret, err) < 0)
        return -1;
    return ret->state == RECORD_INITIALISED
               ? 0
               : error_set(err, EAGAIN, "the seed's record is %s", record_state_name(ret->state));
}

/* Everything that can be wrong with it is seen before anything is changed. */
static int open_archive(const struct work *work, struct error *err) {
    static const char *const argv[] = {PROGRAM, "open", NULL};
    struct record_view record;
    char hash[CA_HASH_SIZE];
    if (run_program(work->agent, argv, NULL, err) < 0 || read_record(work->agent, &record, err) < 0 ||
        work->agent->world->ca_hash_of_file(FOLDER "/new" KUBE_PKI "/ca.crt", hash, err) < 0)
        return -1;
    if (!strcmp(hash, record.id.ca_hash))
        return 0;
    error_fail(err, SR_RESTORE, EPERM, "the archive is of the cluster %.20s…, the seed's record of %.20s…", hash,
               record.id.ca_hash);
    return error_remedy(err, "seedctl rollout force this machine, and seedctl restore with the right archive");
}

/* Beside one that lives it would be two clusters with one CA. */
static int check_alone(const struct work *work, struct error *err) {
    static const uint16_t numbers[] = {2379, 2380, 6443};
    const struct role *role = work->agent->role;
    struct port ports[PORTS_MAX];
    const char *names[PORTS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < role->n_peers; i++)
        for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]) && n < PORTS_MAX; k++)
            if (role->peers[i].role == NODE_MASTER && strcmp(role->peers[i].hostname, role->hostname) != 0) {
                names[n] = role->peers[i].hostname;
                ports[n++] = (struct port){.in = role->peers[i].address.in, .number = numbers[k]};
            }
    if (n && work->agent->world->ports_probe(ports, n, PROBE_MS, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (ports[i].answer == PORT_OPEN) {
            error_fail(err, SR_RESTORE, EBUSY, "%s answers at port %u: a master lives", names[i], ports[i].number);
            return error_remedy(err, "power it off for good, and seedctl rollout resume; or seedctl rollout force this "
                                     "machine, and let it join the cluster that lives");
        }
    return 0;
}

static int lay(const struct work *work, struct error *err) {
    struct agent *agent = work->agent;
    const char *const argv[] = {PROGRAM, "lay", agent->role->hostname, agent->role->address.text, NULL};
    struct record_view record;
    if (read_record(agent, &record, err) < 0 ||
        (agent->world->wipe_needed() && agent->world->wipe_kubernetes(agent->role, err) < 0) ||
        run_program(agent, argv, NULL, err) < 0 || slot_remember(agent, work->token, "restore", "", false, err) < 0 ||
        know_turn(agent, work->token, err) < 0)
        return -1;
    struct journal journal = {
        .seen = record.id, .action = JOURNAL_JOIN, .phase = JOURNAL_DONE, .of = record.id, .member = true};
    if (record_id_higher(&agent->journal.seen, &record.id))
        journal.seen = agent->journal.seen;
    char text[JOURNAL_TEXT_SIZE];
    journal_print(&journal, text);
    if (agent->world->file_write(AGENT_JOURNAL, text, strlen(text), 0600, err) < 0)
        return -1;
    agent->journal = journal;
    clean_up(agent);
    return 0;
}

static const struct work_step before_member[] = {
    {"archive", get_archive}, {"open", open_archive}, {"alone", check_alone}, {"lay", lay}};

static int become_member(struct agent *agent, const struct slot_record *record, struct error *err) {
    struct work work = {.agent = agent, .kind = "restore", .token = record->token};
    if (!record->mine && slot_take(agent, "restore", &work.token, err) < 0)
        return -1;
    events_say(agent, "bootstrap", "running", 0, 0, "restore: waits for the archive, encrypted to this machine's key");
    if (work_run(&work, before_member, sizeof(before_member) / sizeof(before_member[0]), err) < 0)
        return -1;
    events_say(agent, "bootstrap", "running", 0, 0, "restore: the archive is in place; kubelet starts");
    return 1;
}

static bool is_for_me(const struct slot_record *record) {
    return !strcmp(record->kind, "restore") && (record->my_turn || record->mine);
}

/* Its etcd would be a second history of the cluster. */
static int refuse_older(struct error *err) {
    error_fail(err, SR_RESTORED, EPERM, "the cluster is restored from a backup, and this master is of before that");
    return error_remedy(err, "wipe its disk, and seedctl forget it: it joins as a new machine");
}

/* A master of before the last restore. */
static bool is_older(const struct agent *agent, const struct slot_record *record) {
    return agent->journal.member && role_is_master(agent->role) && known_turn(agent) < record->restored;
}

/* Before that one asks whether all others are silent. */
static bool must_wait(const struct agent *agent, const struct slot_record *record) {
    return agent->journal.member && role_is_master(agent->role) && !record->closed && !record->my_turn &&
           !record->mine && !strcmp(record->kind, "restore");
}

static int refuse_now(const struct slot_record *record, struct error *err) {
    error_fail(err, SR_RESTORE, EBUSY, "the cluster is to be restored%s%.63s: no other master starts beside that",
               record->holder[0] ? " on " : "", record->holder);
    return error_remedy(err, "if the cluster lives, nothing is to be restored: seedctl rollout abort");
}

int restore_at_start(struct agent *agent, struct error *err) {
    struct slot_record record = {0};
    struct error none = {0};
    int look = slot_look(agent, 0, &record, &none);
    while (look == 0 && is_for_me(&record) && record.halted && !agent->journal.member)
        look = slot_look(agent, LOOK_S, &record, &none); /* until the operator has seen to it */
    if (look < 0)
        return 0; /* a machine that is not a member gets no further without the seed anyway */
    if (is_for_me(&record) && !agent->journal.member)
        return become_member(agent, &record, err);
    if (is_older(agent, &record))
        return refuse_older(err);
    if (must_wait(agent, &record))
        return refuse_now(&record, err);
    if (!is_for_me(&record))
        clean_up(agent);
    if (agent->journal.member && !role_is_master(agent->role) && record.closed && known_turn(agent) < record.restored)
        return know_turn(agent, record.restored, err); /* its kubelet starts now */
    return 0;
}

int restore_before_join(struct agent *agent, struct error *err) {
    struct slot_record record = {0};
    if (slot_look(agent, 0, &record, err) < 0)
        return -1;
    return known_turn(agent) < record.restored ? know_turn(agent, record.restored, err) : 0;
}

/* --- a member --- */

static int await_api(const struct work *work, struct error *err) {
    return work->agent->world->api_wait_ready(work->agent->role, READY_S, err) < 0 ? error_code(err, SR_RESTORE) : 0;
}

/* They join as new machines. One that serves is none of those that are lost. */
static int remove_masters(const struct work *work, struct error *err) {
    const struct role *role = work->agent->role;
    if (check_alone(work, err) < 0)
        return -1;
    for (size_t i = 0; i < role->n_peers; i++) {
        const struct role_peer *peer = &role->peers[i];
        if (peer->role == NODE_MASTER && strcmp(peer->hostname, role->hostname) != 0 &&
            work->agent->world->api_remove_node(role, peer->hostname, err) < 0)
            return error_code(err, SR_RESTORE);
    }
    return 0;
}

static const struct work_step as_member[] = {{"api", await_api}, {"masters", remove_masters}};

/* The seed does not know who is a member when it has just started. */
static int refuse_member(struct agent *agent, const struct slot_record *record, struct error *err) {
    int64_t token = record->token;
    struct error problem = {0};
    if (!record->mine && slot_take(agent, "restore", &token, err) < 0)
        return -1;
    error_fail(&problem, SR_RESTORE, EPERM, "this machine is a member of a cluster that lives");
    error_remedy(&problem, "seedctl rollout abort: nothing is to be restored");
    if (slot_fail(agent, token, NULL, &problem, err) < 0)
        return -1;
    *err = problem;
    return -1;
}

int restore_once(struct agent *agent, const struct slot_record *record, struct error *err) {
    struct work work = {.agent = agent, .kind = "restore", .token = record->token};
    if (!record->mine || !record->restored || known_turn(agent) != record->restored)
        return refuse_member(agent, record, err);
    clean_up(agent);
    if (work_run(&work, as_member, sizeof(as_member) / sizeof(as_member[0]), err) < 0 ||
        slot_back(agent, "restore", work.token, err) < 0)
        return -1;
    events_say(agent, "ready", "ready", 0, 0, "restore: the cluster is what the backup knew");
    return 0;
}

int restore_follow(struct agent *agent, const struct slot_record *record, struct error *err) {
    if (is_older(agent, record))
        return refuse_older(err);
    if (role_is_master(agent->role) || !record->closed || record->restored <= known_turn(agent))
        return 0;
    log_warning("the cluster was restored from a backup: kubelet restarts, pods stay");
    if (agent->world->service_restart("kubelet", err) < 0)
        return error_wrap(err, "restore");
    return know_turn(agent, record->restored, err);
}
