/* SPDX-License-Identifier: Apache-2.0
 * The maintenance record as text: how the store keeps it, and API v1 shows it. See maintenance.h. */
#include "maintenance.h"
#include "check.h"
#include "cleanup.h"
#include "net.h"
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const states[MAINTENANCE_STATES] = {"CLOSED", "RUNNING", "PAUSED", "HALTED"};
static const char *const kinds[MAINTENANCE_KINDS] = {"renew",   "rollout",    "restart", "retire",
                                                     "upgrade", "defragment", "restore"};

/* Names and codes need no escape; the message, a machine's words, does. */
void maintenance_json(const struct maintenance *record, struct buf *ret) {
    cleanup_json cJSON *tree = cJSON_CreateObject();
    cJSON_AddNumberToObject(tree, "version", (double)record->version);
    cJSON_AddStringToObject(tree, "state", states[record->state]);
    cJSON_AddStringToObject(tree, "kind", kinds[record->kind]);
    cJSON_AddNumberToObject(tree, "token", (double)record->token);
    cJSON_AddStringToObject(tree, "holder", record->holder);
    cJSON_AddStringToObject(tree, "step", record->step);
    cJSON_AddNumberToObject(tree, "since_ms", (double)record->since_ms);
    cJSON_AddNumberToObject(tree, "begun_ms", (double)record->begun_ms);
    cJSON *waiting = cJSON_AddArrayToObject(tree, "waiting");
    for (size_t i = 0; i < record->n_waiting; i++)
        cJSON_AddItemToArray(waiting, cJSON_CreateString(record->waiting[i]));
    cJSON_AddStringToObject(tree, "boot", record->boot);
    cJSON_AddNumberToObject(tree, "soak_s", record->soak_s);
    cJSON_AddNumberToObject(tree, "drain_timeout_s", record->drain_s);
    cJSON_AddBoolToObject(tree, "aborted", record->aborted);
    cJSON_AddBoolToObject(tree, "lose_data", record->lose_data);
    cJSON_AddBoolToObject(tree, "lose_this", record->lose_this);
    cJSON_AddBoolToObject(tree, "off", record->off);
    cJSON_AddBoolToObject(tree, "keep_disk", record->keep_disk);
    if (record->target[0]) {
        cJSON *held = cJSON_AddArrayToObject(tree, "held"), *moved = cJSON_AddArrayToObject(tree, "moved");
        cJSON_AddStringToObject(tree, "target", record->target);
        for (size_t i = 0; i < record->n_waiting; i++)
            if (record->held[i])
                cJSON_AddItemToArray(held, cJSON_CreateString(record->waiting[i]));
        for (size_t i = 0; i < record->n_moved; i++)
            cJSON_AddItemToArray(moved, cJSON_CreateString(record->moved[i]));
        cJSON_AddBoolToObject(tree, "begun", record->begun);
        cJSON_AddBoolToObject(tree, "partly", record->partly);
    }
    if (record->laid)
        cJSON_AddTrueToObject(tree, "laid");
    if (record->restored)
        cJSON_AddNumberToObject(tree, "restored", (double)record->restored);
    cJSON_AddStringToObject(tree, "code", record->code);
    cJSON_AddStringToObject(tree, "message", record->message);
    cleanup_free char *text = cJSON_PrintUnformatted(tree);
    buf_adds(ret, text ? text : "");
}

static bool read_number(const cJSON *tree, const char *name, int64_t *ret) {
    double value = json_number(tree, name, -1);
    *ret = (int64_t)value;
    return value >= 0 && value <= (double)RECORD_NUMBER_MAX && (double)*ret == value;
}

static bool read_text(const cJSON *tree, const char *name, size_t size, char *ret) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, name));
    if (!text || strlen(text) >= size)
        return false;
    snprintf(ret, size, "%s", text);
    return true;
}

static bool find(const char *const *names, size_t n, const char *name, unsigned *ret) {
    for (size_t i = 0; i < n; i++)
        if (!strcmp(names[i], name)) {
            *ret = (unsigned)i;
            return true;
        }
    return false;
}

/* What a record of the version before has not: 0. */
static bool read_seconds(const cJSON *tree, const char *name, int most, int *ret) {
    double value = json_number(tree, name, 0);
    *ret = value >= 0 && value <= most ? (int)value : 0;
    return (double)*ret == value;
}

static bool read_names(const cJSON *list, char ret[][MAINTENANCE_NAME_SIZE], size_t *ret_n) {
    const cJSON *name;
    *ret_n = 0;
    if (list && (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > MAINTENANCE_MACHINES_MAX))
        return false;
    cJSON_ArrayForEach(name, list) {
        const char *text = cJSON_GetStringValue(name);
        if (!text || strlen(text) >= MAINTENANCE_NAME_SIZE || !net_label_valid(text))
            return false;
        snprintf(ret[(*ret_n)++], MAINTENANCE_NAME_SIZE, "%s", text);
    }
    return true;
}

static bool read_held(const cJSON *list, struct maintenance *record) {
    const cJSON *name;
    cJSON_ArrayForEach(name, list) {
        const char *text = cJSON_GetStringValue(name);
        size_t i = 0;
        while (i < record->n_waiting && strcmp(record->waiting[i], text ? text : "") != 0)
            i++;
        if (i == record->n_waiting)
            return false;
        record->held[i] = true;
    }
    return true;
}

/* An upgrade, where there is one. */
static bool read_upgrade(const cJSON *tree, struct maintenance *record) {
    if (!cJSON_HasObjectItem(tree, "target"))
        return true; /* also of an upgrade that is known by a machine's memory alone (WITNESS) */
    record->begun = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "begun"));
    record->partly = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "partly"));
    return read_text(tree, "target", sizeof(record->target), record->target) && !check_release(record->target) &&
           read_names(cJSON_GetObjectItemCaseSensitive(tree, "moved"), record->moved, &record->n_moved) &&
           read_held(cJSON_GetObjectItemCaseSensitive(tree, "held"), record);
}

/* Whether a store may return this record. */
static bool valid(const struct maintenance *record) {
    bool busy = record->holder[0] || record->n_waiting > 0;
    if ((record->state == MAINTENANCE_CLOSED) == busy || (record->holder[0] && !net_label_valid(record->holder)))
        return false;
    if (record->holder[0] && record->kind == MAINTENANCE_RETIRE && !maintenance_retires_by(record->step))
        return false;
    return !record->holder[0] || record->token > 0;
}

int maintenance_parse(const cJSON *tree, struct maintenance *ret, struct error *err) {
    struct maintenance record = {0};
    unsigned state = 0, kind = 0;
    const cJSON *waiting = cJSON_GetObjectItemCaseSensitive(tree, "waiting");
    bool ok = read_number(tree, "version", &record.version) &&
              (!cJSON_HasObjectItem(tree, "restored") || read_number(tree, "restored", &record.restored)) &&
              read_number(tree, "token", &record.token) && read_number(tree, "since_ms", &record.since_ms) &&
              read_number(tree, "begun_ms", &record.begun_ms) &&
              find(states, MAINTENANCE_STATES, json_text(tree, "state"), &state) &&
              find(kinds, MAINTENANCE_KINDS, json_text(tree, "kind"), &kind) &&
              read_text(tree, "holder", sizeof(record.holder), record.holder) &&
              read_text(tree, "step", sizeof(record.step), record.step) &&
              (!cJSON_HasObjectItem(tree, "boot") || read_text(tree, "boot", sizeof(record.boot), record.boot)) &&
              read_seconds(tree, "soak_s", MAINTENANCE_SOAK_MAX_S, &record.soak_s) &&
              read_seconds(tree, "drain_timeout_s", MAINTENANCE_DRAIN_MAX_S, &record.drain_s) &&
              read_text(tree, "code", sizeof(record.code), record.code) &&
              read_text(tree, "message", sizeof(record.message), record.message) && cJSON_IsArray(waiting) &&
              read_names(waiting, record.waiting, &record.n_waiting);
    record.state = (enum maintenance_state)state;
    record.kind = (enum maintenance_kind)kind;
    record.laid = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "laid"));
    record.aborted = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "aborted"));
    record.lose_data = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "lose_data"));
    record.lose_this = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "lose_this"));
    record.off = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "off"));
    record.keep_disk = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "keep_disk"));
    if (!ok || !read_upgrade(tree, &record) || !valid(&record))
        return error_set(err, EIO, "maintenance record: it makes no sense");
    *ret = record;
    return 0;
}

bool maintenance_kind_parse(const char *name, enum maintenance_kind *ret) {
    unsigned kind;
    if (!find(kinds, MAINTENANCE_KINDS, name, &kind))
        return false;
    *ret = (enum maintenance_kind)kind;
    return true;
}
const char *maintenance_kind_name(enum maintenance_kind kind) {
    return kinds[kind];
}
const char *maintenance_state_name(enum maintenance_state state) {
    return states[state];
}

bool maintenance_reboots(enum maintenance_kind kind) {
    return kind == MAINTENANCE_ROLLOUT || kind == MAINTENANCE_UPGRADE;
}

bool maintenance_is_for_all(enum maintenance_kind kind) {
    return maintenance_reboots(kind) || kind == MAINTENANCE_RETIRE;
}
