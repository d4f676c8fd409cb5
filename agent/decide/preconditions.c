/* SPDX-License-Identifier: Apache-2.0
 * See preconditions.h. */
#include "preconditions.h"

#include "json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void precondition_name(char *ret, const char *name) {
    static const char more[] = " and more";
    size_t n = strlen(ret), room = PRECONDITION_TEXT_MAX - strlen(more);
    if (n >= strlen(more) && !strcmp(ret + n - strlen(more), more))
        return;
    if (n + strlen(name) + 2 > room)
        snprintf(ret + n, PRECONDITION_TEXT_MAX + 1 - n, "%s", more);
    else
        snprintf(ret + n, room - n + 1, "%s%s", n ? ", " : "", name);
}

bool precondition_budget_blocks(const cJSON *budget) {
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(budget, "status");
    return json_number(status, "disruptionsAllowed", 1) < 1 && json_number(status, "expectedPods", 0) > 0;
}

bool precondition_webhook_fails(const cJSON *webhook, const char **ret_namespace, const char **ret_name) {
    const cJSON *service =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(webhook, "clientConfig"), "service");
    *ret_namespace = json_text(service, "namespace");
    *ret_name = json_text(service, "name");
    return service && strcmp(json_text(webhook, "failurePolicy"), "Ignore") != 0;
}

static const cJSON *endpoints_of(const cJSON *slice) {
    return cJSON_GetObjectItemCaseSensitive(slice, "endpoints");
}

static const char *ready_on(const cJSON *endpoint) {
    const cJSON *conditions = cJSON_GetObjectItemCaseSensitive(endpoint, "conditions");
    return cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(conditions, "ready")) ? "" : json_text(endpoint, "nodeName");
}

/* Whether an endpoint before `last` is on the same machine. */
static bool seen_before(const cJSON *slices, const cJSON *last, const char *machine) {
    const cJSON *slice, *endpoint;
    cJSON_ArrayForEach(slice, cJSON_GetObjectItemCaseSensitive(slices, "items")) {
        cJSON_ArrayForEach(endpoint, endpoints_of(slice)) {
            if (endpoint == last)
                return false;
            if (!strcmp(ready_on(endpoint), machine))
                return true;
        }
    }
    return false;
}

unsigned precondition_machines_of(const cJSON *slices) {
    const cJSON *slice, *endpoint;
    unsigned n = 0;
    cJSON_ArrayForEach(slice, cJSON_GetObjectItemCaseSensitive(slices, "items")) {
        cJSON_ArrayForEach(endpoint, endpoints_of(slice)) {
            const char *machine = ready_on(endpoint);
            n += machine[0] && !seen_before(slices, endpoint, machine);
        }
    }
    return n;
}

/* The value of a label: `name="value"`. */
static bool label_of(const char *line, const char *name, char *ret, size_t size) {
    char key[32];
    snprintf(key, sizeof(key), "%s=\"", name);
    const char *begin = strstr(line, key), *end = begin ? strchr(begin + strlen(key), '"') : NULL;
    size_t n = end ? (size_t)(end - begin) - strlen(key) : size;
    if (n >= size)
        return false;
    snprintf(ret, size, "%.*s", (int)n, begin + strlen(key));
    return true;
}

bool precondition_removed_api(const char *text, size_t length, char ret_api[static PRECONDITION_API_SIZE],
                              unsigned *ret_minor) {
    static const char metric[] = "apiserver_requested_deprecated_apis{";
    char line[512], group[64], version[32], resource[48], removed[16];
    if (length >= sizeof(line) || length < strlen(metric) || strncmp(text, metric, strlen(metric)) != 0)
        return false;
    snprintf(line, sizeof(line), "%.*s", (int)length, text);
    if (!label_of(line, "group", group, sizeof(group)) || !label_of(line, ",version", version, sizeof(version)) ||
        !label_of(line, ",resource", resource, sizeof(resource)) ||
        !label_of(line, "removed_release", removed, sizeof(removed)) || strncmp(removed, "1.", 2) != 0 ||
        !strstr(line, "} 1"))
        return false;
    snprintf(ret_api, PRECONDITION_API_SIZE, "%.40s.%.30s%s%.50s", resource, version, group[0] ? "." : "", group);
    *ret_minor = (unsigned)strtoul(removed + 2, NULL, 10);
    return *ret_minor > 0;
}

void precondition_add_removed(struct precondition_removed list[static PRECONDITION_REMOVED_MAX], size_t *n,
                              const char *line, size_t length) {
    struct precondition_removed next;
    if (*n == PRECONDITION_REMOVED_MAX || !precondition_removed_api(line, length, next.api, &next.minor))
        return;
    for (size_t i = 0; i < *n; i++)
        if (!strcmp(list[i].api, next.api))
            return;
    list[(*n)++] = next;
}
