/* SPDX-License-Identifier: Apache-2.0
 * See record.h. */
#include "record.h"
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

int record_witness(const struct world *world, struct seed_client *client, const struct record_id *seen,
                   struct error *err) {
    struct record_view record;
    if (record_get(world, client, seen, 0, 0, &record, err) < 0)
        return -1;
    if (record.state == RECORD_QUARANTINE)
        log_warning("the seed's record is in QUARANTINE: restore the newest state of the seed, or run seedctl rearm "
                    "there");
    return 0;
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
