/* SPDX-License-Identifier: Apache-2.0
 * See record.h. */
#include "record.h"
#include "decide/paths.h"
#include "world/world.h"

#include "json.h"
#include "log.h"
#include <stdio.h>
#include <string.h>

enum { MOVE_S = 10, ANSWER_S = 5 };

int record_get(const struct world *world, struct seed_client *client, const struct record_id *seen, uint64_t version,
               unsigned wait_s, struct record_view *ret, struct error *err) {
    cleanup_json cJSON *answer = NULL;
    char path[320];
    int length = snprintf(path, sizeof(path), "/v1/bootstrap?seen_epoch=%llu&seen_token=%llu",
                          (unsigned long long)seen->epoch, (unsigned long long)seen->token);
    if (seen->ca_hash[0])
        length += snprintf(path + length, sizeof(path) - (size_t)length, "&seen_ca_hash=%s", seen->ca_hash);
    if (version)
        snprintf(path + length, sizeof(path) - (size_t)length, "&version=%llu&wait=%u", (unsigned long long)version,
                 wait_s);
    return world->seed_call(client, "GET", path, NULL, wait_s + ANSWER_S, NULL, &answer, err) < 0
               ? -1
               : record_view_parse(answer, ret, err);
}

/* The highest record that was seen, with the hash of the cluster that this machine is a member of. */
static int prove(const struct world *world, struct seed_client *client, const struct journal *journal,
                 struct error *err) {
    struct record_id id = journal->seen;
    struct ca_signature signature;
    char text[RECORD_PROOF_SIZE];
    memcpy(id.ca_hash, journal->of.ca_hash, sizeof(id.ca_hash));
    record_proof_text(client->claim, &id, text);
    if (world->ca_key_sign(KUBE_PKI "/ca.crt", KUBE_PKI "/ca.key", text, &signature, err) < 0)
        return -1;
    cleanup_json cJSON *body = cJSON_CreateObject();
    cJSON_AddNumberToObject(body, "epoch", (double)id.epoch);
    cJSON_AddNumberToObject(body, "token", (double)id.token);
    cJSON_AddStringToObject(body, "ca_hash", id.ca_hash);
    cJSON_AddStringToObject(body, "public_key", signature.public_key);
    cJSON_AddStringToObject(body, "signature", signature.signature);
    return world->seed_call(client, "POST", "/v1/proofs", body, MOVE_S, NULL, NULL, err);
}

int record_witness(const struct world *world, struct seed_client *client, const struct journal *journal, bool master,
                   struct error *err) {
    struct record_view record;
    if (record_get(world, client, &journal->seen, 0, 0, &record, err) < 0)
        return -1;
    if (record.state != RECORD_QUARANTINE)
        return 0;
    log_warning("the seed's record is in QUARANTINE: restore the newest state of the seed; without one, run seedctl "
                "recover there");
    return master && journal->member && prove(world, client, journal, err) < 0
               ? error_wrap(err, "proof of this machine's cluster")
               : 0;
}

static cJSON *record_body(const struct record_id *id, const struct record_id *seen, bool commit) {
    cJSON *body = cJSON_CreateObject(), *object = cJSON_AddObjectToObject(body, "seen");
    cJSON_AddNumberToObject(body, "epoch", (double)id->epoch);
    cJSON_AddNumberToObject(body, "token", (double)id->token);
    if (commit)
        cJSON_AddStringToObject(body, "ca_hash", id->ca_hash);
    cJSON_AddNumberToObject(object, "epoch", (double)seen->epoch);
    cJSON_AddNumberToObject(object, "token", (double)seen->token);
    if (seen->ca_hash[0])
        cJSON_AddStringToObject(object, "ca_hash", seen->ca_hash);
    else
        cJSON_AddNullToObject(object, "ca_hash");
    return body;
}

int record_move(const struct world *world, struct seed_client *client, const char *name, const struct record_id *id,
                const struct record_id *seen, struct record_view *ret, struct error *err) {
    cleanup_json cJSON *body = record_body(id, seen, !strcmp(name, "commit")), *answer = NULL;
    char path[64];
    snprintf(path, sizeof(path), "/v1/bootstrap/%s", name);
    if (world->seed_call(client, "POST", path, body, MOVE_S, NULL, &answer, err) < 0)
        return -1;
    return record_view_parse(answer, ret, err);
}
