/* SPDX-License-Identifier: Apache-2.0
 * See audit.h. OpenSSL's low-level SHA256 as in agent/storage/fetch.c: EVP would link all of libcrypto into seedctl. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "audit.h"

#include "cleanup.h"
#include "hex.h"
#include "json.h"
#include <errno.h>
#include <openssl/sha.h>
#include <string.h>

static const char hash_key[] = ",\"hash\":\"";
enum { HASH_FIELD = sizeof(hash_key) - 1 + AUDIT_HASH_SIZE - 1 + 2 /* "} */ };

static void audit_digest(const char *text, size_t length, char ret[AUDIT_HASH_SIZE]) {
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, text, length);
    SHA256_Final(hash, &context);
    hex_encode(hash, sizeof(hash), ret);
}

int audit_print(struct audit_tip *tip, const struct audit_entry *entry, struct buf *ret_line, struct error *err) {
    struct audit_tip next = {.n = tip->n + 1};
    cleanup_json cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "n", (double)next.n);
    cJSON_AddNumberToObject(object, "at_ms", (double)entry->at_ms);
    cJSON_AddStringToObject(object, "act", entry->act);
    cJSON_AddStringToObject(object, "subject", entry->subject);
    cJSON_AddStringToObject(object, "detail", entry->detail);
    cleanup_free char *text =
        cJSON_AddStringToObject(object, "previous", tip->hash) ? cJSON_PrintUnformatted(object) : NULL;
    if (!text)
        return error_errno(err, ENOMEM, "audit log");
    size_t length = strlen(text) - 1; /* without the closing brace */
    audit_digest(text, length, next.hash);
    buf_add(ret_line, text, length);
    buf_addf(ret_line, "%s%s\"}", hash_key, next.hash);
    if (buf_failed(ret_line))
        return error_errno(err, EFBIG, "audit log: an entry of more than %zu bytes", ret_line->maximum);
    *tip = next;
    return 0;
}

int audit_follow(struct audit_tip *tip, const char *line, size_t length, struct error *err) {
    struct audit_tip next = {.n = tip->n + 1};
    cleanup_json cJSON *tree = NULL;
    if (length > AUDIT_LINE_MAX || json_parse(line, length, &tree, err) < 0)
        return error_set(err, EBADMSG, "not an entry of an audit log");
    if (length <= HASH_FIELD || memcmp(line + length - HASH_FIELD, hash_key, sizeof(hash_key) - 1))
        return error_set(err, EBADMSG, "no hash at its end");
    audit_digest(line, length - HASH_FIELD, next.hash);
    if (memcmp(line + length - AUDIT_HASH_SIZE - 1, next.hash, AUDIT_HASH_SIZE - 1))
        return error_set(err, EBADMSG, "changed: its hash is another one");
    const char *previous = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "previous"));
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(tree, "n");
    if (!previous || strcmp(previous, tip->hash) || !cJSON_IsNumber(n) || n->valuedouble != (double)next.n)
        return error_set(err, EBADMSG, "does not follow the one before it: something was left out, put in or moved");
    *tip = next;
    return 0;
}
