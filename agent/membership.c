/* SPDX-License-Identifier: Apache-2.0
 * See membership.h. */
#include "membership.h"

#include "cleanup.h"
#include "file.h"
#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILE_PATH AGENT_STATE "/membership.json"

static int number_of(const cJSON *tree, const char *key, uint64_t *ret, struct error *err) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, key);
    if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > 9007199254740991.0)
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
    if (!cJSON_IsString(item) || strlen(item->valuestring) != CA_HASH_SIZE - 1 || strncmp(item->valuestring, "sha256:", 7) != 0 ||
        strspn(item->valuestring + 7, "0123456789abcdef") != 64)
        return error_set(err, EPROTO, "/%s: not sha256: and 64 hex digits", key);
    memcpy(ret, item->valuestring, CA_HASH_SIZE);
    return 0;
}

int membership_load(struct membership *ret, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(4096);
    cleanup_json cJSON *tree = NULL;
    struct membership membership = {0};
    if (file_read(FILE_PATH, &text, err) < 0) {
        if (err->code != ENOENT)
            return -1;
        *ret = membership;
        return 0;
    }
    if (json_parse(buf_text(&text), text.length, &tree, err) < 0 || number_of(tree, "epoch", &membership.epoch, err) < 0 ||
        number_of(tree, "token", &membership.token, err) < 0 || hash_of(tree, "ca_hash", membership.ca_hash, err) < 0)
        return error_wrap(err, "read `%s`", FILE_PATH);
    membership.made = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "made"));
    membership.joined = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "joined"));
    *ret = membership;
    return 0;
}

int membership_save(const struct membership *membership, struct error *err) {
    cleanup_json cJSON *tree = cJSON_CreateObject();
    cJSON_AddNumberToObject(tree, "epoch", (double)membership->epoch);
    cJSON_AddNumberToObject(tree, "token", (double)membership->token);
    if (membership->ca_hash[0])
        cJSON_AddStringToObject(tree, "ca_hash", membership->ca_hash);
    cJSON_AddBoolToObject(tree, "made", membership->made);
    cJSON_AddBoolToObject(tree, "joined", membership->joined);
    cleanup_free char *text = cJSON_PrintUnformatted(tree);
    return text ? file_write(FILE_PATH, text, strlen(text), 0600, err) : error_errno(err, ENOMEM, "membership");
}

static const char *const names[] = {"EMPTY", "RESERVED", "INITIALISING", "INITIALISED", "QUARANTINE"};

const char *record_state_name(enum record_state state) {
    return names[state];
}

int record_parse(const cJSON *tree, struct record *ret, struct error *err) {
    struct record record = {0};
    const cJSON *state = cJSON_GetObjectItemCaseSensitive(tree, "state"), *holder = cJSON_GetObjectItemCaseSensitive(tree, "holder");
    if (number_of(tree, "version", &record.version, err) < 0 || number_of(tree, "epoch", &record.epoch, err) < 0 ||
        number_of(tree, "token", &record.token, err) < 0 || hash_of(tree, "ca_hash", record.ca_hash, err) < 0)
        return error_wrap(err, "bootstrap record");
    size_t i = 0;
    while (i < sizeof(names) / sizeof(names[0]) && !(cJSON_IsString(state) && !strcmp(state->valuestring, names[i])))
        i++;
    if (i == sizeof(names) / sizeof(names[0]))
        return error_set(err, EPROTO, "bootstrap record: /state: unknown");
    record.state = (enum record_state)i;
    snprintf(record.holder, sizeof(record.holder), "%s", cJSON_IsString(holder) ? holder->valuestring : "");
    if (record.state == RECORD_INITIALISED && !record.ca_hash[0])
        return error_set(err, EPROTO, "bootstrap record: INITIALISED without /ca_hash");
    *ret = record;
    return 0;
}

int membership_validate(const struct membership *membership, const struct record *record, struct error *err) {
    bool behind = record->epoch < membership->epoch || (record->epoch == membership->epoch && record->token < membership->token);
    if (behind || record->state == RECORD_QUARANTINE)
        return 0; /* the seed lost its memory, we did not: what was committed stays committed (I4) */
    if (record->state == RECORD_INITIALISED && !strcmp(record->ca_hash, membership->ca_hash))
        return 0;
    error_set(err, EPERM, "this machine belongs to the cluster %.20s… (epoch %llu); the seed's record says %s %.20s (epoch %llu)",
              membership->ca_hash, (unsigned long long)membership->epoch, record_state_name(record->state), record->ca_hash,
              (unsigned long long)record->epoch);
    return error_remedy(err, "if the old cluster is to go, wipe this machine; if not, restore the seed's state");
}
