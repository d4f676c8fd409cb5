/* SPDX-License-Identifier: Apache-2.0
 * See body.h. */
#include "body.h"

#include "fields.h"
#include "net.h"
#include "record/identity.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { CLAIM_MACS_MAX = 128 };

static bool state_known(const char *state) {
    static const char *const names[] = {"waiting", "running", "done", "failed", "ready", NULL};
    for (size_t i = 0; names[i]; i++)
        if (!strcmp(names[i], state))
            return true;
    return false;
}

static int read_event(const cJSON *item, const char *hostname, int64_t now_ms, struct event *event, struct error *err) {
    static const char *const names[] = {"step",  "state", "message", "seconds", "at_ms", "wall_ms",
                                        "bytes", "total", "code",    "tail",    NULL};
    const char *step, *state, *message, *code;
    const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(item, "seconds");
    if (fields_check(item, names, err) < 0 || fields_string(item, "step", 1, EVENT_STEP_SIZE - 1, &step, err) < 0 ||
        fields_string(item, "state", 1, EVENT_STATE_SIZE - 1, &state, err) < 0 ||
        fields_string(item, "message", 0, EVENT_MESSAGE_SIZE - 1, &message, err) < 0 ||
        fields_integer(item, "at_ms", RECORD_NUMBER_MAX, 0, &event->at_ms, err) < 0 ||
        fields_integer(item, "wall_ms", RECORD_NUMBER_MAX, 0, &event->wall_ms, err) < 0 ||
        fields_string(item, "code", 0, CODE_SIZE - 1, &code, err) < 0 ||
        fields_string(item, "tail", 0, EVENT_TAIL_MAX, &event->tail, err) < 0)
        return -1;
    event->bytes = event->total = -1;
    if ((cJSON_HasObjectItem(item, "bytes") &&
         fields_integer(item, "bytes", RECORD_NUMBER_MAX, 0, &event->bytes, err) < 0) ||
        (cJSON_HasObjectItem(item, "total") &&
         fields_integer(item, "total", RECORD_NUMBER_MAX, 0, &event->total, err) < 0))
        return -1;
    if (code[0] && !code_valid(code))
        return error_set(err, EINVAL, "field `code` is not SR- and 1 to 24 of A-Z, 0-9 and -");
    if (!state_known(state))
        return error_set(err, EINVAL, "field `state`: `%s` is none of waiting, running, done, failed, ready", state);
    if (seconds && !(cJSON_IsNumber(seconds) && seconds->valuedouble >= 0 && seconds->valuedouble < 1e9))
        return error_set(err, EINVAL, "field `seconds` is not a number of 0 to 1e9");
    event->seconds = seconds ? seconds->valuedouble : 0;
    event->received_ms = now_ms;
    snprintf(event->hostname, sizeof(event->hostname), "%s", hostname);
    snprintf(event->step, sizeof(event->step), "%s", step);
    snprintf(event->state, sizeof(event->state), "%s", state);
    snprintf(event->message, sizeof(event->message), "%s", message);
    snprintf(event->code, sizeof(event->code), "%s", code);
    return 0;
}

int body_read_events(const cJSON *tree, const char *hostname, int64_t now_ms, struct event list[static BODY_EVENTS_MAX],
                     size_t *ret_n, struct error *err) {
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(tree, "events"), *item;
    size_t n = 0;
    if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) > BODY_EVENTS_MAX)
        return error_set(err, EINVAL, "field `events` is not an array of at most %d events", BODY_EVENTS_MAX);
    cJSON_ArrayForEach(item, array) {
        if (read_event(item, hostname, now_ms, &list[n], err) < 0)
            return error_wrap(err, "event %zu", n);
        n++;
    }
    *ret_n = n;
    return 0;
}

int body_read_seen(const cJSON *tree, struct record_event *ret_seen, bool *ret_given, struct error *err) {
    static const char *const names[] = {"epoch", "token", "ca_hash", NULL};
    const cJSON *seen = cJSON_GetObjectItemCaseSensitive(tree, "seen");
    *ret_seen = (struct record_event){.type = RECORD_WITNESS};
    *ret_given = seen && !cJSON_IsNull(seen);
    if (!*ret_given)
        return 0;
    const cJSON *hash = cJSON_GetObjectItemCaseSensitive(seen, "ca_hash");
    if (fields_check(seen, names, err) < 0 ||
        fields_integer(seen, "epoch", RECORD_NUMBER_MAX, -1, &ret_seen->epoch, err) < 0 ||
        fields_integer(seen, "token", RECORD_NUMBER_MAX, -1, &ret_seen->token, err) < 0)
        return error_wrap(err, "field `seen`");
    ret_seen->ca_hash = cJSON_GetStringValue(hash);
    if (hash && !cJSON_IsNull(hash) && (!ret_seen->ca_hash || !ca_hash_valid(ret_seen->ca_hash)))
        return error_set(err, EINVAL, "field `seen`: field `ca_hash` is neither null nor sha256:<64 hex digits>");
    return 0;
}

int body_read_grant(const cJSON *tree, struct record_event *event, struct error *err) {
    const char *hash;
    int64_t missing = event->type == RECORD_RESERVE ? 0 : -1;
    if (fields_integer(tree, "epoch", RECORD_NUMBER_MAX, missing, &event->epoch, err) < 0 ||
        fields_integer(tree, "token", RECORD_NUMBER_MAX, missing, &event->token, err) < 0)
        return -1;
    if (event->type != RECORD_COMMIT)
        return 0;
    if (fields_string(tree, "ca_hash", 1, 128, &hash, err) < 0)
        return -1;
    if (!ca_hash_valid(hash))
        return error_set(err, EINVAL, "field `ca_hash` is not sha256:<64 lower-case hex digits>");
    event->ca_hash = hash;
    return 0;
}

int body_read_proof(const cJSON *tree, struct body_proof *ret, struct error *err) {
    struct body_proof proof = {0};
    const char *hash;
    int64_t epoch, token;
    if (fields_integer(tree, "epoch", RECORD_NUMBER_MAX, -1, &epoch, err) < 0 ||
        fields_integer(tree, "token", RECORD_NUMBER_MAX, -1, &token, err) < 0 ||
        fields_string(tree, "ca_hash", 1, 128, &hash, err) < 0 ||
        fields_string(tree, "public_key", 1, PROOF_KEY_MAX, &proof.public_key, err) < 0 ||
        fields_string(tree, "signature", 1, PROOF_SIGNATURE_MAX, &proof.signature, err) < 0)
        return -1;
    if (!ca_hash_valid(hash))
        return error_set(err, EINVAL, "field `ca_hash` is not sha256:<64 lower-case hex digits>");
    proof.id.epoch = (uint64_t)epoch;
    proof.id.token = (uint64_t)token;
    snprintf(proof.id.ca_hash, sizeof(proof.id.ca_hash), "%s", hash);
    *ret = proof;
    return 0;
}

/* Reads the machine's MACs. Exactly one of them should belong to a node of the site. */
static int read_macs(const cJSON *macs, const struct site *site, struct body_claim *asked, struct error *err) {
    int n = cJSON_GetArraySize(macs);
    if (!cJSON_IsArray(macs) || n < 1 || n > CLAIM_MACS_MAX)
        return error_set(err, EINVAL, "field `macs` is not an array of 1 to %d MAC addresses", CLAIM_MACS_MAX);
    const cJSON *item;
    cJSON_ArrayForEach(item, macs) {
        char mac[STORE_MAC_SIZE];
        const char *text = cJSON_GetStringValue(item);
        if (!text || !identity_mac(text, mac))
            return error_set(err, EINVAL, "field `macs`: `%.32s` is not a MAC address", text ? text : "?");
        if (!asked->first_mac[0])
            snprintf(asked->first_mac, sizeof(asked->first_mac), "%s", mac);
        const struct site_node *node = site_find_mac(site, mac);
        if (!asked->retired)
            asked->retired = site_find_retired(site, mac);
        if (node && asked->node && node != asked->node)
            asked->ambiguous = true;
        if (!node || asked->node)
            continue;
        asked->node = node;
        snprintf(asked->claim.mac, sizeof(asked->claim.mac), "%s", mac);
    }
    return 0;
}

int body_read_claim(const cJSON *tree, const struct site *site, struct body_claim *ret, struct error *err) {
    const char *uuid, *serial, *key;
    *ret = (struct body_claim){0};
    if (fields_string(tree, "uuid", 0, STORE_UUID_SIZE - 1, &uuid, err) < 0 ||
        fields_string(tree, "serial", 0, STORE_SERIAL_SIZE - 1, &serial, err) < 0 ||
        fields_string(tree, "key", 64, 64, &key, err) < 0)
        return -1;
    if (!fields_is_hex(key, 64))
        return error_set(err, EINVAL, "field `key` is not 64 lower-case hex digits");
    identity_uuid(uuid, ret->claim.uuid);
    snprintf(ret->claim.serial, sizeof(ret->claim.serial), "%s", serial);
    snprintf(ret->claim.key, sizeof(ret->claim.key), "%s", key);
    if (read_macs(cJSON_GetObjectItemCaseSensitive(tree, "macs"), site, ret, err) < 0)
        return -1;
    if (ret->node && ret->node->uuid[0] && strcmp(ret->node->uuid, ret->claim.uuid) != 0)
        ret->foreign = "the site says another UUID";
    else if (ret->node && ret->node->serial && strcmp(ret->node->serial, serial) != 0)
        ret->foreign = "the site says another serial number";
    return 0;
}

int body_read_minted(const cJSON *tree, struct body_minted *ret, struct error *err) {
    const char *token, *key, *problem;
    if (fields_string(tree, "token", 0, 64, &token, err) < 0 ||
        fields_string(tree, "certificate_key", 0, 64, &key, err) < 0 ||
        fields_string(tree, "error", 0, 4096, &problem, err) < 0)
        return -1;
    bool failed = cJSON_GetObjectItemCaseSensitive(tree, "error") != NULL;
    if (failed == (token[0] != '\0') || (failed && key[0])) {
        error_set(err, EINVAL, "either `token` or `error` is wanted");
        return error_remedy(err, "send what was minted, or why it was not");
    }
    *ret = (struct body_minted){
        .token = failed ? NULL : token, .certificate_key = key[0] ? key : NULL, .problem = failed ? problem : NULL};
    return 0;
}

static int read_members(const cJSON *members, struct master_status *ret, struct error *err) {
    const cJSON *item;
    if (!cJSON_IsArray(members) || cJSON_GetArraySize(members) > STATUS_MEMBERS_MAX)
        return error_set(err, EINVAL, "field `members` is not an array of at most %d names", STATUS_MEMBERS_MAX);
    cJSON_ArrayForEach(item, members) {
        const char *name = cJSON_GetStringValue(item);
        if (!name || (name[0] && !net_label_valid(name)))
            return error_set(err, EINVAL, "field `members`: `%.64s` is no host name", name ? name : "?");
        snprintf(ret->members[ret->n_members++], STATUS_NAME_SIZE, "%s", name);
    }
    ret->has_members = true;
    return 0;
}

/* An object of names and ends, in seconds since 1970. An older agent does not send it. */
static int read_certificates(const cJSON *tree, struct master_status *ret, struct error *err) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    const cJSON *item;
    if (!cJSON_IsObject(tree) || cJSON_GetArraySize(tree) > STATUS_CERTIFICATES_MAX)
        return error_set(err, EINVAL, "field `certificates` is not an object of at most %d names",
                         STATUS_CERTIFICATES_MAX);
    cJSON_ArrayForEach(item, tree) {
        struct status_certificate *certificate = &ret->certificates[ret->n_certificates++];
        size_t length = strlen(item->string);
        if (!length || length >= STATUS_NAME_SIZE || strspn(item->string, letters) != length)
            return error_set(err, EINVAL, "field `certificates`: `%.64s` is no name", item->string);
        if (fields_integer(tree, item->string, RECORD_NUMBER_MAX, 0, &certificate->ends, err) < 0)
            return error_wrap(err, "field `certificates`");
        snprintf(certificate->name, sizeof(certificate->name), "%s", item->string);
    }
    return 0;
}

const char *const stale_names[STALES] = {"", "api-server", "controllers"};

/* An older agent does not say it. */
static int read_stale(const cJSON *tree, enum stale *ret, struct error *err) {
    const char *word;
    if (fields_string(tree, "stale", 0, 20, &word, err) < 0)
        return -1;
    for (unsigned i = 0; i < STALES; i++)
        if (!strcmp(word, stale_names[i])) {
            *ret = (enum stale)i;
            return 0;
        }
    return error_set(err, EINVAL, "field `stale`: `%.20s` is neither api-server nor controllers", word);
}

static bool read_mib(const cJSON *tree, const char *name, unsigned *ret) {
    double value = json_number(tree, name, -1);
    *ret = value >= 0 && value <= UINT_MAX ? (unsigned)value : 0;
    return (double)*ret == value;
}

/* An older agent does not say it. */
static int read_etcd(const cJSON *tree, struct status_etcd *ret, struct error *err) {
    const cJSON *etcd = cJSON_GetObjectItemCaseSensitive(tree, "etcd");
    if (!etcd)
        return 0;
    ret->full = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(etcd, "full"));
    return read_mib(etcd, "size_mib", &ret->size_mib) && read_mib(etcd, "used_mib", &ret->used_mib) &&
                   read_mib(etcd, "quota_mib", &ret->quota_mib)
               ? 0
               : error_set(err, EINVAL, "field `etcd` does not have whole numbers size_mib, used_mib and quota_mib");
}

static int read_line(const cJSON *tree, const char *name, char ret[static STATUS_TEXT_SIZE], struct error *err) {
    const char *text;
    if (fields_string(tree, name, 0, STATUS_TEXT_SIZE - 1, &text, err) < 0)
        return -1;
    snprintf(ret, STATUS_TEXT_SIZE, "%s", text);
    return 0;
}

/* An object of APIs and the minor version from which on they are gone. */
static int read_removed(const cJSON *tree, struct status_surroundings *ret, struct error *err) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-/";
    const cJSON *item;
    if (tree && (!cJSON_IsObject(tree) || cJSON_GetArraySize(tree) > STATUS_REMOVED_MAX))
        return error_set(err, EINVAL, "field `removed` is not an object of at most %d names", STATUS_REMOVED_MAX);
    cJSON_ArrayForEach(item, tree) {
        struct status_removed *removed = &ret->removed[ret->n_removed++];
        size_t length = strlen(item->string);
        if (!length || length >= STATUS_API_SIZE || strspn(item->string, letters) != length)
            return error_set(err, EINVAL, "field `removed`: `%.64s` is no name", item->string);
        if (fields_integer(tree, item->string, RECORD_NUMBER_MAX, -1, &removed->minor, err) < 0)
            return error_wrap(err, "field `removed`");
        snprintf(removed->api, sizeof(removed->api), "%s", item->string);
    }
    return 0;
}

static int read_surroundings(const cJSON *tree, struct status_surroundings *ret, struct error *err) {
    static const char *const names[] = {"free_gib", "nodes", "budgets", "webhooks", "removed", NULL};
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(tree, "surroundings");
    if (!object)
        return 0;
    ret->known = true;
    if (fields_check(object, names, err) < 0 || read_line(object, "nodes", ret->nodes, err) < 0 ||
        read_line(object, "budgets", ret->budgets, err) < 0 || read_line(object, "webhooks", ret->webhooks, err) < 0 ||
        read_removed(cJSON_GetObjectItemCaseSensitive(object, "removed"), ret, err) < 0)
        return error_wrap(err, "field `surroundings`");
    return read_mib(object, "free_gib", &ret->free_gib)
               ? 0
               : error_set(err, EINVAL, "field `surroundings`: `free_gib` is no whole number");
}

static int read_clock(const cJSON *tree, int64_t now_ms, struct master_status *ret, struct error *err) {
    int64_t clock_ms;
    ret->has_clock = cJSON_GetObjectItemCaseSensitive(tree, "clock_ms");
    if (fields_integer(tree, "clock_ms", RECORD_NUMBER_MAX, 0, &clock_ms, err) < 0)
        return -1;
    ret->ahead_ms = ret->has_clock ? clock_ms - now_ms : 0;
    return 0;
}

int body_read_status(const cJSON *tree, const char *hostname, int64_t now_ms, struct master_status *ret,
                     struct error *err) {
    const cJSON *vip = cJSON_GetObjectItemCaseSensitive(tree, "vip"),
                *members = cJSON_GetObjectItemCaseSensitive(tree, "members"),
                *certificates = cJSON_GetObjectItemCaseSensitive(tree, "certificates");
    *ret = (struct master_status){.at_ms = now_ms, .vip = cJSON_IsTrue(vip)};
    if (!cJSON_IsBool(vip))
        return error_set(err, EINVAL, "field `vip` is neither true nor false");
    snprintf(ret->hostname, sizeof(ret->hostname), "%s", hostname);
    if (read_stale(tree, &ret->stale, err) < 0 || read_etcd(tree, &ret->etcd, err) < 0 ||
        read_surroundings(tree, &ret->surroundings, err) < 0 || read_clock(tree, now_ms, ret, err) < 0 ||
        (certificates && read_certificates(certificates, ret, err) < 0))
        return -1;
    return members ? read_members(members, ret, err) : 0;
}
