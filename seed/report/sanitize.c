/* SPDX-License-Identifier: Apache-2.0
 * See sanitize.h. */
#include "sanitize.h"

#include "redact.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_one_of(const char *key, const char *const *names, bool part) {
    for (; *names; names++)
        if (part ? strstr(key, *names) != NULL : !strcmp(key, *names))
            return true;
    return false;
}

static bool is_secret(const char *key) {
    static const char *const parts[] = {"pass", "secret", "auth", "private", "credential", "psk", NULL},
                             *const names[] = {"key", "token", "certificate_key", NULL};
    return is_one_of(key, parts, true) || is_one_of(key, names, false);
}

static void replace(cJSON *item, const char *text) {
    if (!cJSON_SetValuestring(item, text))
        item->valuestring[0] = '\0'; /* out of memory: print nothing instead of the secret */
}

static void clean_text(cJSON *item, const char *key) {
    static const char *const bulky[] = {"manifest", "from", "to", NULL}, *const hashes[] = {"hash", "previous",
                                                                                            "sha256", "etag", NULL};
    size_t length = strlen(item->valuestring);
    char size[64];
    snprintf(size, sizeof(size), "[%zu bytes]", length);
    if (is_secret(key)) {
        replace(item, "[removed]");
    } else if (is_one_of(key, bulky, false)) {
        replace(item, size);
    } else {
        cleanup_buf struct buf clean = BUF_INIT(4 * length + 64);
        redact(item->valuestring, length, !is_one_of(key, hashes, false), &clean);
        replace(item, buf_failed(&clean) ? "[removed]" : buf_text(&clean));
    }
}

static void walk(cJSON *item, const char *key) {
    if (cJSON_IsString(item))
        clean_text(item, key);
    for (cJSON *child = item ? item->child : NULL; child; child = child->next)
        walk(child, child->string ? child->string : key);
}

void sanitize(cJSON *tree) {
    walk(tree, "");
}
