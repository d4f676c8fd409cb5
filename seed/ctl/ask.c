/* SPDX-License-Identifier: Apache-2.0
 * See ask.h. */
#include "ask.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_MAX = 65536, TIMEOUT_S = 60 /* the seed may ask a BMC first */ };

int ask_start(struct ask *ask, const struct arguments *arguments) {
    struct error err = {0};
    char program[64];
    *ask = (struct ask){0};
    if (reach_find(arguments, &ask->reach, &err) == 0) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        ask->curl = curl_easy_init();
        if (ask->curl)
            return 0;
        error_errno(&err, ENOMEM, "curl");
    }
    snprintf(program, sizeof(program), "seedctl: %s", arguments->command->name);
    error_report(&err, program);
    return -1;
}

void ask_end(struct ask *ask) {
    curl_easy_cleanup(ask->curl);
    ask->curl = NULL;
}

int ask_get(struct ask *ask, const char *path, long timeout_s, struct buf *ret, struct error *err) {
    long code = 0;
    buf_clear(ret);
    if (!ask->curl)
        return error_set(err, ENOENT, "no seed to ask");
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

/* 200: *ret is the answer. Else the seed's own words. */
static int read_answer(const struct buf *answer, long code, const char *subject, cJSON **ret, struct error *err) {
    cleanup_json cJSON *tree = NULL;
    if (json_parse(buf_text(answer), answer->length, &tree, err) < 0)
        return -1;
    if (code == 200) {
        *ret = tree;
        tree = NULL;
        return 0;
    }
    const cJSON *problem = cJSON_GetObjectItemCaseSensitive(tree, "error");
    error_set(err, EPERM, "%s: %s", subject, json_text(problem, "message"));
    return error_remedy(err, "%s", json_text(problem, "remedy"));
}

int ask_post(struct ask *ask, const char *path, const cJSON *body, const char *subject, cJSON **ret,
             struct error *err) {
    cleanup_buf struct buf answer = BUF_INIT(ANSWER_MAX);
    long code = 0;
    char *text = cJSON_PrintUnformatted(body);
    int result = text ? reach_call(&ask->reach, ask->curl, path, text, TIMEOUT_S, &answer, &code, err)
                      : error_errno(err, ENOMEM, "seedctl");
    cJSON_free(text);
    return result < 0 ? -1 : read_answer(&answer, code, subject, ret, err);
}

int ask_put(struct ask *ask, const char *path, const char *file, const char *subject, struct error *err) {
    cleanup_buf struct buf answer = BUF_INIT(ANSWER_MAX);
    cleanup_json cJSON *tree = NULL;
    long code = 0;
    return reach_put(&ask->reach, ask->curl, path, file, &answer, &code, err) < 0
               ? -1
               : read_answer(&answer, code, subject, &tree, err);
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
        *since = (int64_t)json_number(page, "last", (double)*since);
        more = cJSON_GetArraySize(events) > 0;
    }
    return 0;
}

void print_json(const cJSON *tree) {
    char *text = cJSON_PrintUnformatted(tree);
    puts(text ? text : "null");
    cJSON_free(text);
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
