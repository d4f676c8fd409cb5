/* SPDX-License-Identifier: Apache-2.0
 * Step 12: reserve ► begin ► kubeadm init ► commit, or wait ► ticket ► kubeadm join; after a reboot only validate and
 * start kubelet. Does what agent/fsm.c says, the journal first. */
#include "bootstrap.h"
#include "effects/ca_hash.h"
#include "effects/child.h"
#include "effects/service.h"
#include "effects/wipe.h"
#include "seed/client.h"
#include "steps.h"
#include "control.h"
#include "bootstrap/network.h"

#include "cleanup.h"
#include "file.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KUBELET_CONFIG "/var/lib/kubelet/config.yaml"
#define KUBELET_CONF "/etc/kubernetes/kubelet.conf"
#define CA "/etc/kubernetes/pki/ca.crt"
enum { KUBEADM_S = 600, COURTESY_S = 3 };

int bootstrap_kubeadm(const char *const *argv, char ret_hash[CA_HASH_SIZE], struct error *err) {
    static const char *const marks[] = {"[ERROR ", "error execution phase", NULL};
    static const char *const left[] = {"/etc/kubernetes", "/var/lib/kubelet/pki", KUBELET_CONFIG,
                                       "/var/lib/kubelet/kubeadm-flags.env"};
    if (child_run(argv, &(struct child_options){.log_path = KUBEADM_LOG, .timeout_s = KUBEADM_S, .marks = marks}, NULL,
                  err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
        if (file_sync_tree(left[i], err) < 0)
            return -1;
    return ca_hash_of_file(CA, ret_hash, err);
}

static bool is_whole(void) {
    return access(KUBELET_CONF, F_OK) == 0 && access(KUBELET_CONFIG, F_OK) == 0;
}

int bootstrap_done(struct agent *agent, struct buf *why, struct error *err) {
    (void)err;
    if (!agent->journal.member || !is_whole())
        buf_adds(why, "not a member of the cluster yet");
    else if (!service_running("kubelet"))
        buf_adds(why, "a member; kubelet is not running");
    else
        return 1;
    return 0;
}

/* The record, with our witness; one newer than `version` within wait_s seconds, or the present one. */
static int get_record(struct agent *agent, const struct record_id *seen, uint64_t version, unsigned wait_s,
                      struct record_view *ret, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    char path[320];
    int length = snprintf(path, sizeof(path), "/v1/bootstrap?seen_epoch=%llu&seen_token=%llu",
                          (unsigned long long)seen->epoch, (unsigned long long)seen->token);
    if (seen->ca_hash[0])
        length += snprintf(path + length, sizeof(path) - (size_t)length, "&seen_ca_hash=%s", seen->ca_hash);
    if (version)
        snprintf(path + length, sizeof(path) - (size_t)length, "&version=%llu&wait=%u", (unsigned long long)version,
                 wait_s);
    return seed_call(agent, "GET", path, NULL, wait_s + 5, NULL, &answer, err) < 0
               ? -1
               : record_view_parse(answer, ret, err);
}

int bootstrap_witness(struct agent *agent, struct error *err) {
    struct record_view record;
    if (get_record(agent, &agent->journal.seen, 0, 0, &record, err) < 0)
        return -1;
    if (record.state == RECORD_QUARANTINE)
        log_warning(
            "the seed's record is in QUARANTINE: restore the newest state of the seed, or run seedctl rearm there");
    return 0;
}

static int ask(struct agent *agent, struct attempt *attempt, struct error *err) {
    const struct bootstrap_fsm *fsm = &attempt->fsm;
    if (fsm->waiting)
        seed_tell(agent, &(struct event){.step = "bootstrap", .state = "waiting", .code = SR_WAIT_CLUSTER}, "%s %s",
                  record_state_name(fsm->record.state), fsm->record.holder);
    if (!agent->claim[0] && claim_run(agent, err) < 0) /* an offline stick came this far without the seed */
        return -1;
    if (get_record(agent, &fsm->journal.seen, fsm->version, fsm->wait_s, &attempt->record, err) == 0)
        return 0;
    if (seed_is_away(err) && fsm->journal.member)
        log_warning("%s; going on with the cached committed record", err->message);
    return -1;
}

static cJSON *grant_json(const struct record_id *grant, const struct record_id *seen, bool commit) {
    cJSON *body = cJSON_CreateObject(), *object = cJSON_AddObjectToObject(body, "seen");
    cJSON_AddNumberToObject(body, "epoch", (double)grant->epoch);
    cJSON_AddNumberToObject(body, "token", (double)grant->token);
    if (commit)
        cJSON_AddStringToObject(body, "ca_hash", grant->ca_hash);
    cJSON_AddNumberToObject(object, "epoch", (double)seen->epoch);
    cJSON_AddNumberToObject(object, "token", (double)seen->token);
    if (seen->ca_hash[0])
        cJSON_AddStringToObject(object, "ca_hash", seen->ca_hash);
    else
        cJSON_AddNullToObject(object, "ca_hash");
    return body;
}

static int transition(struct agent *agent, struct attempt *attempt, struct error *err) {
    const struct bootstrap_fsm *fsm = &attempt->fsm;
    const struct record_id *grant = fsm->at == BOOTSTRAP_RESERVE ? &fsm->record.id : &fsm->journal.of;
    cleanup_json cJSON *body = grant_json(grant, &fsm->journal.seen, fsm->at == BOOTSTRAP_COMMIT), *answer = NULL;
    char path[64];
    snprintf(path, sizeof(path), "/v1/bootstrap/%s", bootstrap_fsm_effect_name(fsm->at));
    attempt->sent_ms = agent_now_ms();
    if (fsm->at == BOOTSTRAP_BEGIN && attempt->sent_ms >= fsm->act_until_ms)
        return error_set(err, ETIME, "two thirds of the lease are over");
    return seed_call(agent, "POST", path, body, 10, NULL, &answer, err) < 0
               ? -1
               : record_view_parse(answer, &attempt->record, err);
}

/* Removes what an interrupted attempt left, and lays our own files again. */
static int wipe(struct agent *agent, struct attempt *attempt, struct error *err) {
    (void)attempt;
    log_warning("an earlier kubeadm run was interrupted; removing what it left");
    if (wipe_kubernetes(agent->role, err) < 0 || kubelet_run(agent, err) < 0)
        return -1;
    return is_master(agent->role) ? control_run(agent, err) : 0;
}

static int probe(struct agent *agent, struct attempt *attempt, struct error *err) {
    (void)attempt;
    return network_vip_is_free(agent, err);
}

static int start_kubelet(struct agent *agent, struct attempt *attempt, struct error *err) {
    (void)agent;
    (void)attempt;
    return service_up("kubelet", err);
}

static int (*const effects[BOOTSTRAP_EFFECTS])(struct agent *agent, struct attempt *attempt, struct error *err) = {
    [BOOTSTRAP_ASK] = ask,
    [BOOTSTRAP_WIPE] = wipe,
    [BOOTSTRAP_PROBE] = probe,
    [BOOTSTRAP_RESERVE] = transition,
    [BOOTSTRAP_BEGIN] = transition,
    [BOOTSTRAP_COMMIT] = transition,
    [BOOTSTRAP_ABORT] = transition,
    [BOOTSTRAP_INIT] = bootstrap_init,
    [BOOTSTRAP_TICKET] = bootstrap_ticket,
    [BOOTSTRAP_JOIN] = bootstrap_join,
    [BOOTSTRAP_KUBELET] = start_kubelet,
    [BOOTSTRAP_FINISH] = bootstrap_finish,
};

static enum bootstrap_result result_of(const struct error *err) {
    return err->errnum == EEXIST  ? BOOTSTRAP_REFUSED
           : err->errnum == ETIME ? BOOTSTRAP_LATE
           : seed_is_away(err)    ? BOOTSTRAP_AWAY
                                  : BOOTSTRAP_FAILED;
}

/* How long this machine lets the masters listed before it go first: the first one shall hold the VIP, and where it
 * makes the cluster the VIP need not move, with every connection to it, when it joins. Ends at once when another
 * machine reserves. */
static unsigned courtesy_s(const struct role *role) {
    unsigned before = 0;
    for (size_t i = 0; i < role->n_peers && strcmp(role->peers[i].hostname, role->hostname) != 0; i++)
        before += role->peers[i].role == NODE_MASTER;
    return is_master(role) ? before * COURTESY_S : 0;
}

static struct bootstrap_machine observe(const struct role *role) {
    struct bootstrap_machine machine = {
        .hostname = role->hostname, .master = is_master(role), .courtesy_s = courtesy_s(role)};
    struct error ignored;
    machine.traces = wipe_needed();
    machine.whole = is_whole();
    if (ca_hash_of_file(CA, machine.ca_hash, &ignored) < 0)
        machine.ca_hash[0] = '\0';
    return machine;
}

/* Durable before the effect that it tells of. */
static int keep(struct agent *agent, const struct journal *journal, struct error *err) {
    if (journal_equal(&agent->journal, journal))
        return 0;
    if (journal_save(AGENT_JOURNAL, journal, err) < 0)
        return -1;
    agent->journal = *journal;
    return 0;
}

static int follow(struct agent *agent, struct attempt *attempt, struct error *err) {
    struct error problem = {0};
    struct bootstrap_event event = {.record = &attempt->record, .ca_hash = attempt->ca_hash, .error = &problem};
    enum bootstrap_effect effect = bootstrap_fsm_next(&attempt->fsm, NULL, err);
    for (;;) {
        if (keep(agent, &attempt->fsm.journal, err) < 0)
            return -1;
        if (effect == BOOTSTRAP_END || effect == BOOTSTRAP_STOP)
            return effect == BOOTSTRAP_END ? 0 : -1;
        event.result = effects[effect](agent, attempt, &problem) < 0 ? result_of(&problem) : BOOTSTRAP_OK;
        if (event.result == BOOTSTRAP_FAILED && problem.errnum == EACCES)
            agent->claim[0] = '\0'; /* the seed forgot us: ask() claims anew */
        event.sent_ms = attempt->sent_ms;
        effect = bootstrap_fsm_next(&attempt->fsm, &event, err);
    }
}

int bootstrap_run(struct agent *agent, struct error *err) {
    struct attempt attempt = {0};
    const struct bootstrap_machine machine = observe(agent->role);
    bootstrap_fsm_start(&attempt.fsm, &agent->journal, &machine);
    int result = follow(agent, &attempt, err);
    if (attempt.ticket) /* it was not the right one */
        bootstrap_drop_ticket(agent, &attempt, err);
    return result;
}
