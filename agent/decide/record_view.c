/* SPDX-License-Identifier: Apache-2.0
 * See record_view.h. */
#include "record_view.h"

#include "net.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int number_of(const cJSON *tree, const char *key, uint64_t *ret, struct error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, key);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= 9007199254740991.0) ||
        item->valuedouble != (double)(uint64_t)item->valuedouble)
        return error_set(err, EPROTO, "/%s: not a whole number", key);
    *ret = (uint64_t)item->valuedouble;
    return 0;
}

/* null and missing are "". */
static int hash_of(const cJSON *tree, const char *key, char ret[CA_HASH_SIZE], struct error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, key);
    ret[0] = '\0';
    if (!item || cJSON_IsNull(item))
        return 0;
    if (!cJSON_IsString(item) || !ca_hash_valid(item->valuestring))
        return error_set(err, EPROTO, "/%s: not sha256: and 64 hex digits", key);
    memcpy(ret, item->valuestring, CA_HASH_SIZE);
    return 0;
}

int record_view_parse(const cJSON *tree, struct record_view *ret, struct error *err) {
    struct record_view record = {0};
    const cJSON *state = cJSON_GetObjectItemCaseSensitive(tree, "state"),
                *holder = cJSON_GetObjectItemCaseSensitive(tree, "holder");
    const cJSON *lease = cJSON_GetObjectItemCaseSensitive(tree, "lease_ms");
    if (number_of(tree, "version", &record.version, err) < 0 || number_of(tree, "epoch", &record.id.epoch, err) < 0 ||
        number_of(tree, "token", &record.id.token, err) < 0 || hash_of(tree, "ca_hash", record.id.ca_hash, err) < 0)
        return error_wrap(err, "bootstrap record");
    if (!cJSON_IsString(state) || !record_state_parse(state->valuestring, &record.state))
        return error_set(err, EPROTO, "bootstrap record: /state: unknown");
    if (cJSON_IsString(holder) && !net_label_valid(holder->valuestring))
        return error_set(err, EPROTO, "bootstrap record: /holder: not a host name");
    snprintf(record.holder, sizeof(record.holder), "%s", cJSON_IsString(holder) ? holder->valuestring : "");
    if (record.state == RECORD_INITIALISED && !record.id.ca_hash[0])
        return error_set(err, EPROTO, "bootstrap record: INITIALISED without /ca_hash");
    if (record.state == RECORD_RESERVED && cJSON_IsNumber(lease) && lease->valuedouble > 0 && lease->valuedouble < 1e9)
        record.lease_ms = (int64_t)lease->valuedouble;
    *ret = record;
    return 0;
}
