/* SPDX-License-Identifier: Apache-2.0
 * See ask.h. */
#include "ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ask_start(struct ask *ask) {
    const char *environment = getenv("SEEDRACK_SEED");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    *ask = (struct ask){.reach.seed = environment ? environment : "http://127.0.0.1:8080", .curl = curl_easy_init()};
}

void ask_end(struct ask *ask) {
    curl_easy_cleanup(ask->curl);
    ask->curl = NULL;
}

void ask_option(struct ask *ask, int c, const char *value) {
    if (c == 's')
        ask->reach.seed = value;
    else if (c == 'p')
        ask->reach.pki = value;
    else if (c == 'a')
        ask->reach.socket = value;
}

int ask_get(struct ask *ask, const char *path, long timeout_s, struct buf *ret, struct error *err) {
    long code = 0;
    buf_clear(ret);
    if (!ask->curl)
        return error_errno(err, ENOMEM, "curl");
    if (reach_call(&ask->reach, ask->curl, path, NULL, timeout_s, ret, &code, err) < 0)
        return -1;
    return code == 200 ? 0 : error_set(err, EIO, "%s answered %ld", path, code);
}

int ask_json(struct ask *ask, const char *path, long timeout_s, cJSON **ret, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(JSON_MAXIMUM);
    if (ask_get(ask, path, timeout_s, &text, err) < 0)
        return -1;
    return json_parse(buf_text(&text), text.length, ret, err) < 0 ? error_wrap(err, "%s", path) : 0;
}

int ask_events(struct ask *ask, int64_t *since, long wait_s, bool (*each)(void *context, const cJSON *event),
               void *context, struct error *err) {
    for (bool more = true; more; wait_s = 0) {
        cleanup_json cJSON *page = NULL;
        const cJSON *event, *events;
        char path[96];
        snprintf(path, sizeof(path), "/v1/events?since=%lld&wait=%ld", (long long)*since, wait_s);
        if (ask_json(ask, path, wait_s + 10, &page, err) < 0)
            return -1;
        events = cJSON_GetObjectItemCaseSensitive(page, "events");
        cJSON_ArrayForEach(event, events) {
            if (!each(context, event))
                return 0;
        }
        *since = (int64_t)number_of(page, "last", (double)*since);
        more = cJSON_GetArraySize(events) > 0;
    }
    return 0;
}

const char *text_of(const cJSON *object, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

double number_of(const cJSON *object, const char *key, double fallback) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : fallback;
}

static const char *print_one(const char *text) {
    bool c1 = (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0;
    bool control = (unsigned char)*text < 0x20 || *text == 0x7f;
    putchar(c1 || control ? '?' : *text);
    return text + 1 + c1;
}

void print_plain(const char *text) {
    while (*text)
        text = print_one(text);
}

void print_lines(const char *text, const char *indent) {
    while (*text) {
        fputs(indent, stdout);
        while (*text && *text != '\n')
            text = print_one(text);
        putchar('\n');
        text += *text == '\n';
    }
}
