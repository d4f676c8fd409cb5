/* SPDX-License-Identifier: Apache-2.0
 * The cluster is restored from a backup (docs/restore.md). POST, GET and PUT /v1/admin/restore: the operator's order,
 * how it stands, and the archive. POST and GET /v1/restore: the machine tells its key, and gets the archive. */
#include "handlers.h"
#include "maintenance_request.h"

#include "check.h"
#include "clock.h"
#include "log.h"
#include "server/context/reply.h"
#include "server/decide/body.h"
#include "server/decide/fields.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SILENT_MS = 120000 };

static bool is_open(const struct maintenance *record) {
    return record->kind == MAINTENANCE_RESTORE && record->state != MAINTENANCE_CLOSED;
}

bool restore_is_expected(const struct request *request) {
    return is_open(&request->server->maintenance.now) && request->server->restoration.recipient[0];
}

/* Restored beside masters that live, it would be two clusters with one CA. */
static int check_masters(const struct request *request, const struct site_node *target, struct error *err) {
    const struct server *server = request->server;
    const struct site *site = catalog_site(server->catalog);
    const struct master_status *status = statuses_of(&server->statuses, target->hostname);
    for (size_t i = 0; i < site->n_nodes; i++) {
        const struct site_node *node = &site->nodes[i];
        if (node == target || node->role != NODE_MASTER || !kept_site_is_member(&server->claims, site, node))
            continue;
        error_set(err, EBUSY, "`%s` is a member of the cluster", node->hostname);
        return error_remedy(err,
                            "if it lives, replace the masters that are lost (docs/restore.md); if it does not, see "
                            "that it stays off, and seedctl forget %s",
                            node->hostname);
    }
    if (!status || clock_wall_ms() - status->at_ms > SILENT_MS)
        return 0;
    error_set(err, EBUSY, "`%s` is a master of a cluster that lives: it spoke in the last two minutes",
              target->hostname);
    return error_remedy(err, "nothing is to be restored; if something is, power it off, and wait two minutes");
}

static const struct site_node *find_target(const struct request *request, const char *hostname, struct error *err) {
    const struct site_node *node = catalog_find_hostname(request->server->catalog, hostname);
    if (node && node->role == NODE_MASTER)
        return node;
    error_set(err, EINVAL, "`%.63s`: the site has no such master", hostname);
    error_remedy(err, "the backup is of that master: name a machine so in the site document, and power it on");
    return NULL;
}

/* The archive's master saw `id`; whoever signed has the key of that cluster's CA. A seed that lost its record, or knows
 * an older one, takes it over. One that knows another cluster does not. */
static int adopt(struct server *server, const char *hostname, const struct record_id *id,
                 enum record_answer *ret_answer, struct error *err) {
    const struct bootstrap_record *now = &server->record.now;
    bool older =
        (int64_t)id->epoch < now->epoch || ((int64_t)id->epoch == now->epoch && (int64_t)id->token <= now->token);
    const struct record_event seen = {.type = RECORD_WITNESS,
                                      .hostname = hostname,
                                      .epoch = older ? now->epoch : (int64_t)id->epoch,
                                      .token = older ? now->token : (int64_t)id->token,
                                      .ca_hash = id->ca_hash},
                              recover = {.type = RECORD_RECOVER, .hostname = hostname, .ca_hash = id->ca_hash};
    *ret_answer = RECORD_GRANTED;
    if (now->state == RECORD_INITIALISED && !strcmp(now->ca_hash, id->ca_hash))
        return 0;
    if (now->state != RECORD_EMPTY && now->state != RECORD_QUARANTINE) {
        *ret_answer = now->state == RECORD_INITIALISED ? RECORD_OTHER_CA : RECORD_WRONG_STATE;
        return 0;
    }
    if (server_audit(server, err, "operator-recover", hostname, "%s from a backup", id->ca_hash) < 0)
        return -1;
    return server_apply(server, &seen, &recover, ret_answer, err);
}

static enum MHD_Result reply_order(struct request *request) {
    struct server *server = request->server;
    const struct maintenance *record = &server->maintenance.now;
    const struct restoration *restoration = &server->restoration;
    const struct site_node *node = catalog_find_hostname(server->catalog, server_restores(server));
    const struct store_claim *claim = node ? claims_find_mac(&server->claims, node->mac) : NULL;
    cleanup_buf struct buf json = BUF_INIT(8192);
    buf_addf(&json,
             "{\"seen\":\"%lld.%u\",\"state\":\"%s\",\"hostname\":\"%s\",\"step\":\"%s\",\"tls\":%s,\"key\":\"%s\","
             "\"recipient\":\"%s\",\"public_key\":\"%s\",\"signature\":\"%s\",\"arrived\":%s,\"code\":\"%s\","
             "\"message\":",
             (long long)record->version, restoration->changes,
             record->kind == MAINTENANCE_RESTORE ? maintenance_state_name(record->state) : "CLOSED",
             server_restores(server), is_open(record) ? record->step : "", server->tls.port ? "true" : "false",
             claim ? claim->key : "", restoration->recipient, restoration->public_key, restoration->signature,
             restoration->size ? "true" : "false", is_open(record) ? record->code : "");
    reply_add_string(&json, is_open(record) ? record->message : "");
    buf_addf(&json, ",\"laid\":%s,\"restored\":%lld}", record->laid ? "true" : "false", (long long)record->restored);
    return reply_json(request, MHD_HTTP_OK, &json);
}

static enum MHD_Result open_order(struct request *request, const struct site_node *node, const char *sha256) {
    struct server *server = request->server;
    struct maintenance_event event = maintenance_event_now(request);
    const char *machines[] = {node->hostname};
    enum maintenance_answer answer;
    struct error err = {0};
    event.type = MAINTENANCE_OPEN;
    event.kind = MAINTENANCE_RESTORE;
    event.machines = machines;
    event.n_machines = 1;
    if (server_audit(server, &err, "operator-restore", node->hostname, "archive sha256 %s", sha256) < 0 ||
        server_maintain(server, &event, &answer, &err) < 0)
        return reply_store(request, &err);
    if (answer != MAINTENANCE_GRANTED)
        return reply_error(request, MHD_HTTP_CONFLICT, maintenance_answer_code(answer),
                           maintenance_answer_message(answer), maintenance_answer_remedy(answer));
    snprintf(server->restoration.archive, sizeof(server->restoration.archive), "%s", sha256);
    tickets_void(server->tickets, node->hostname); /* it restores, and does not join */
    requests_wake(server, TOPIC_TICKETS | TOPIC_BACKUP);
    log_info("the cluster is to be restored on %s from the archive %s", node->hostname, sha256);
    return reply_order(request);
}

static enum MHD_Result refuse_adoption(struct request *request, enum record_answer answer) {
    if (answer == RECORD_OTHER_CA)
        return reply_error(request, MHD_HTTP_CONFLICT, "other_ca", "the seed's record is of another cluster",
                           "take a backup of this cluster; or, if it is gone for good, seedctl rearm first");
    if (answer == RECORD_WRONG_STATE)
        return reply_error(request, MHD_HTTP_CONFLICT, "wrong_state", "a machine is making a new cluster",
                           "power it off, and seedctl rearm; seedctl status shows which one");
    return reply_refused(request, answer);
}

/* The order is open. What a machine remembered meanwhile may have put the record into QUARANTINE. */
static enum MHD_Result ask_again(struct request *request, const struct record_id *id, const char *sha256) {
    struct server *server = request->server;
    char *archive = server->restoration.archive;
    enum record_answer answer;
    struct error err = {0};
    if (archive[0] && strcmp(archive, sha256) != 0)
        return reply_error(request, MHD_HTTP_CONFLICT, "busy", "an order for another archive is open",
                           "seedctl rollout abort ends it, and from step lay on seedctl rollout force NAME");
    if (adopt(server, server_restores(server), id, &answer, &err) < 0)
        return reply_store(request, &err);
    if (answer != RECORD_GRANTED)
        return refuse_adoption(request, answer);
    snprintf(archive, sizeof(server->restoration.archive), "%s", sha256);
    return reply_order(request);
}

enum MHD_Result route_restore_open(struct request *request) {
    static const char *const names[] = {"hostname", "sha256",     "epoch",     "token",
                                        "ca_hash",  "public_key", "signature", NULL};
    struct server *server = request->server;
    char text[BACKUP_TEXT_SIZE];
    cleanup_json cJSON *tree = NULL;
    struct body_proof proof;
    struct error err = {0};
    enum record_answer answer;
    const char *hostname, *sha256;
    if (request_json(request, names, &tree, &err) < 0 ||
        fields_string(tree, "hostname", 1, MAINTENANCE_NAME_SIZE - 1, &hostname, &err) < 0 ||
        fields_string(tree, "sha256", 64, 64, &sha256, &err) < 0 || body_read_proof(tree, &proof, &err) < 0)
        return reply_invalid(request, &err);
    const struct site_node *node = find_target(request, hostname, &err);
    restore_order_text(hostname, sha256, &proof.id, text);
    if (!node || proofs_signed(text, proof.id.ca_hash, proof.public_key, proof.signature, &err) < 0)
        return reply_invalid(request, &err);
    if (!strcmp(server_restores(server), hostname))
        return ask_again(request, &proof.id, sha256);
    if (check_masters(request, node, &err) < 0)
        return reply_error(request, MHD_HTTP_CONFLICT, "masters", err.message, err.remedy);
    if (server->maintenance.now.state != MAINTENANCE_CLOSED)
        return reply_error(request, MHD_HTTP_CONFLICT, "busy", maintenance_answer_message(MAINTENANCE_BUSY),
                           maintenance_answer_remedy(MAINTENANCE_BUSY));
    if (adopt(server, hostname, &proof.id, &answer, &err) < 0)
        return reply_store(request, &err);
    return answer != RECORD_GRANTED ? refuse_adoption(request, answer) : open_order(request, node, sha256);
}

enum MHD_Result route_restore_look(struct request *request) {
    const struct server *server = request->server;
    const char *seen = request_query(request, "seen");
    char now[32];
    int64_t wait_ms;
    struct error err = {0};
    if (request_wait_ms(request, &wait_ms, &err) < 0)
        return reply_invalid(request, &err);
    snprintf(now, sizeof(now), "%lld.%u", (long long)server->maintenance.now.version, server->restoration.changes);
    if (seen && !strcmp(seen, now) && request_suspend(request, TOPIC_MAINTENANCE | TOPIC_BACKUP, wait_ms))
        return MHD_YES;
    return reply_order(request);
}

enum MHD_Result route_restore_put(struct request *request) {
    struct server *server = request->server;
    const char *sha256 = request_query(request, "sha256");
    struct error err = {0};
    if (!sha256 || !fields_is_hex(sha256, 64)) {
        error_set(&err, EINVAL, "query `sha256` is not 64 lower-case hex digits");
        return reply_invalid(request, &err);
    }
    if (!request->upload)
        return reply_error(request, MHD_HTTP_CONFLICT, "not_wanted",
                           "no order to restore is open, or its machine has not told its key",
                           "seedctl restore opens it; seedctl rollout status shows it");
    if (restoration_keep(&server->restoration, &server->backups, request->upload, sha256, &err) < 0)
        return err.errnum == EINVAL || err.errnum == E2BIG ? reply_invalid(request, &err) : reply_store(request, &err);
    requests_wake(server, TOPIC_BACKUP);
    return reply_order(request);
}

/* --- the machine --- */

static enum MHD_Result refuse_machine(struct request *request) {
    return reply_error(request, MHD_HTTP_CONFLICT, "not_holder", "this machine does not restore the cluster",
                       "seedctl rollout status shows who does");
}

static bool is_in_hand(const struct request *request) {
    const struct maintenance *record = &request->server->maintenance.now;
    return is_open(record) && !strcmp(record->holder, request->node->hostname);
}

enum MHD_Result route_restore_key(struct request *request) {
    static const char *const names[] = {"recipient", "public_key", "signature", NULL};
    struct server *server = request->server;
    char text[BACKUP_TEXT_SIZE], hash[CA_HASH_SIZE];
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    const char *recipient, *key, *mark;
    if (request_json(request, names, &tree, &err) < 0 ||
        fields_string(tree, "recipient", 1, RECIPIENT_SIZE - 1, &recipient, &err) < 0 ||
        fields_string(tree, "public_key", 0, RESTORATION_MARK_SIZE - 1, &key, &err) < 0 ||
        fields_string(tree, "signature", 0, RESTORATION_MARK_SIZE - 1, &mark, &err) < 0)
        return reply_invalid(request, &err);
    if (check_age_recipient(recipient)) {
        error_set(&err, EINVAL, "field `recipient` is not %s", check_age_recipient(recipient));
        return reply_invalid(request, &err);
    }
    if (!is_in_hand(request))
        return refuse_machine(request);
    restore_key_text(request->node->hostname, recipient, text);
    snprintf(hash, sizeof(hash), "sha256:%.64s", request->claim->key);
    if (request->channel == CHANNEL_TLS && proofs_signed(text, hash, key, mark, &err) < 0)
        return reply_invalid(request, &err);
    restoration_note(&server->restoration, &server->backups, recipient, request->channel == CHANNEL_TLS ? key : "",
                     request->channel == CHANNEL_TLS ? mark : "");
    requests_wake(server, TOPIC_BACKUP);
    return reply_empty(request, MHD_HTTP_OK, NULL);
}

enum MHD_Result route_restore_get(struct request *request) {
    const struct server *server = request->server;
    struct error err = {0};
    int64_t wait_ms;
    if (request_wait_ms(request, &wait_ms, &err) < 0)
        return reply_invalid(request, &err);
    if (!is_in_hand(request))
        return refuse_machine(request);
    int fd = restoration_open(&server->restoration, &server->backups);
    if (fd >= 0)
        return reply_open_file(request, fd, server->restoration.size);
    return request_suspend(request, TOPIC_BACKUP | TOPIC_MAINTENANCE, wait_ms)
               ? MHD_YES
               : reply_empty(request, MHD_HTTP_NO_CONTENT, NULL);
}
