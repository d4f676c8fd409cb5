/* SPDX-License-Identifier: Apache-2.0
 * POST /v1/proofs: a master proves the cluster to a seed whose record is in QUARANTINE; GET /v1/proofs: what was
 * proved, for the operator; POST /v1/admin/recover: he adopts that cluster. */
#include "handlers.h"

#include "clock.h"
#include "log.h"
#include "server/context/reply.h"
#include "server/decide/body.h"
#include "server/decide/fields.h"
#include <stdio.h>

static enum MHD_Result reply_nothing_to_prove(struct request *request) {
    return reply_error(request, MHD_HTTP_CONFLICT, "wrong_state", "the bootstrap record is not in QUARANTINE",
                       "there is nothing to recover");
}

enum MHD_Result route_proofs_post(struct request *request) {
    struct server *server = request->server;
    cleanup_json cJSON *tree = NULL;
    struct body_proof body;
    struct error err = {0};
    enum record_answer answer;
    static const char *const names[] = {"epoch", "token", "ca_hash", "public_key", "signature", NULL};
    if (request_json(request, names, &tree, &err) < 0 || body_read_proof(tree, &body, &err) < 0)
        return reply_invalid(request, &err);
    if (server->record.now.state != RECORD_QUARANTINE)
        return reply_nothing_to_prove(request);
    if (proofs_check(request->claim->claim, &body.id, body.public_key, body.signature, &err) < 0)
        return reply_invalid(request, &err);
    const struct record_event seen = {.type = RECORD_WITNESS,
                                      .hostname = request->node->hostname,
                                      .epoch = (int64_t)body.id.epoch,
                                      .token = (int64_t)body.id.token};
    if (server_apply(server, &seen, NULL, &answer, &err) < 0)
        return reply_store(request, &err);
    struct proof proof = {.id = body.id, .at_ms = clock_boottime_ms()};
    snprintf(proof.hostname, sizeof(proof.hostname), "%s", request->node->hostname);
    if (!proofs_of(&server->proofs, body.id.ca_hash))
        log_info("%s proves the cluster %s: seedctl recover shows it", proof.hostname, body.id.ca_hash);
    proofs_note(&server->proofs, &proof);
    return reply_empty(request, MHD_HTTP_OK, NULL);
}

enum MHD_Result route_proofs_get(struct request *request) {
    const struct proofs *proofs = &request->server->proofs;
    cleanup_buf struct buf json = BUF_INIT(PROOFS_MAX * 512);
    int64_t now = clock_boottime_ms();
    buf_adds(&json, "{\"record\":");
    record_json(&request->server->record.now, now, &json);
    buf_adds(&json, ",\"proofs\":[");
    for (size_t i = 0; i < proofs->n; i++) /* hostnames and CA hashes have no characters that JSON must escape */
        buf_addf(&json, "%s{\"hostname\":\"%s\",\"epoch\":%llu,\"token\":%llu,\"ca_hash\":\"%s\",\"age_ms\":%lld}",
                 i ? "," : "", proofs->list[i].hostname, (unsigned long long)proofs->list[i].id.epoch,
                 (unsigned long long)proofs->list[i].id.token, proofs->list[i].id.ca_hash,
                 (long long)(now - proofs->list[i].at_ms));
    buf_adds(&json, "]}");
    return reply_json(request, MHD_HTTP_OK, &json);
}

/* `ca_hash` is the operator's word. */
enum MHD_Result route_recover(struct request *request) {
    static const char *const names[] = {"ca_hash", NULL};
    struct server *server = request->server;
    cleanup_json cJSON *tree = NULL;
    enum record_answer answer;
    struct error err = {0};
    const char *hash;
    if (request_json(request, names, &tree, &err) < 0 ||
        fields_string(tree, "ca_hash", 1, CA_HASH_SIZE - 1, &hash, &err) < 0)
        return reply_invalid(request, &err);
    const struct proof *proof = proofs_of(&server->proofs, hash);
    if (server->record.now.state != RECORD_QUARANTINE && server->record.now.state != RECORD_INITIALISED)
        return reply_nothing_to_prove(request);
    if (server->record.now.state == RECORD_QUARANTINE && !proof)
        return reply_error(request, MHD_HTTP_CONFLICT, "not_proved", "no master proved a cluster with this CA hash",
                           "seedctl recover shows what was proved; a running master proves about once a minute");
    const struct record_event event = {.type = RECORD_RECOVER,
                                       .hostname = proof ? proof->hostname : server->record.now.holder,
                                       .epoch = proof ? (int64_t)proof->id.epoch : 0,
                                       .token = proof ? (int64_t)proof->id.token : 0,
                                       .ca_hash = hash};
    if (proof && server_audit(server, &err, "operator-recover", proof->hostname, "%s", hash) < 0)
        return reply_store(request, &err);
    if (server_apply(server, NULL, &event, &answer, &err) < 0)
        return reply_store(request, &err);
    return answer == RECORD_GRANTED ? reply_record(request) : reply_refused(request, answer);
}
