/* SPDX-License-Identifier: Apache-2.0
 * seedctl status: one line a machine; --watch follows the seed's events until every machine is ready. */
#include "commands.h"
#include "reach.h"

#include "buf.h"
#include "clock.h"
#include "error.h"
#include "json.h"
#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { POLL_S = 20, PAUSE_MS = 100, RETRY_MS = 1000 };

struct status {
    struct reach reach;
    bool watch, json;
    long timeout_s; /* 0 = for ever */
    CURL *curl;
    cJSON *before; /* what was printed last, to see changes */
};

static void usage(FILE *out) {
    fputs("usage: seedctl status [--seed URL [--pki DIR] | --admin-socket PATH] [--watch [--timeout SECS]] [--json]\n"
          "\n"
          "  --seed URL       $SEEDRACK_SEED, else http://127.0.0.1:8080\n"
          "  --pki DIR        with https://: ca.crt, operator.crt and operator.key of seedctl init\n"
          "  --admin-socket PATH  on the seed's own machine\n"
          "  --watch          follow until every machine is ready\n"
          "  --timeout SECS   with --watch: give up, exit 1, and say who waits for what\n"
          "  --json           the seed's own document\n",
          out);
}

static void pause_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* GET of `path`, 200 expected; *ret is bounded by its maximum. */
static int fetch(struct status *status, const char *path, long timeout_s, struct buf *ret, struct error *err) {
    long code = 0;
    if (reach_call(&status->reach, status->curl, path, NULL, timeout_s, ret, &code, err) < 0)
        return -1;
    return code == 200 ? 0 : error_set(err, EIO, "%s answered %ld", path, code);
}

static int fetch_nodes(struct status *status, struct buf *text, cJSON **ret_tree, struct error *err) {
    buf_clear(text);
    if (fetch(status, "/v1/nodes", 10, text, err) < 0)
        return -1;
    if (json_parse(buf_text(text), text->length, ret_tree, err) < 0)
        return error_wrap(err, "/v1/nodes");
    return 0;
}

static const char *text_of(const cJSON *node, const char *name) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(node, name));
    return text ? text : "";
}

static double number_of(const cJSON *node, const char *name, double fallback) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(node, name);
    return cJSON_IsNumber(item) ? item->valuedouble : fallback;
}

static bool is_ready(const cJSON *node) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(node, "ready"));
}

static const cJSON *nodes_of(const cJSON *tree) {
    return cJSON_GetObjectItemCaseSensitive(tree, "nodes");
}

/* A machine's own words must not steer the terminal: no C0 or C1 controls. */
static void print_plain(const char *text) {
    for (; *text; text++) {
        bool c1 = (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0;
        bool control = (unsigned char)*text < 0x20 || *text == 0x7f;
        putchar(c1 || control ? '?' : *text);
        text += c1;
    }
}

static void print_node(const cJSON *node) {
    double bytes = number_of(node, "bytes", -1);
    char size[32] = "-";
    const char *step = text_of(node, "step");
    if (bytes >= 0)
        snprintf(size, sizeof(size), "%.1f MB", bytes / 1e6);
    printf("%-16.63s %-6.8s %-10.32s %-8.8s %8.1f s %10s  ", text_of(node, "hostname"), text_of(node, "role"),
           step[0] ? step : "silent", text_of(node, "state"), number_of(node, "seconds", 0), size);
    print_plain(text_of(node, "message"));
    putchar('\n');
}

static void print_all(const cJSON *tree, const char *text, bool json) {
    const cJSON *node, *record = cJSON_GetObjectItemCaseSensitive(tree, "bootstrap");
    if (json) {
        puts(text);
        return;
    }
    printf("%s: bootstrap %s, holder %s\n", text_of(tree, "site"), text_of(record, "state"),
           text_of(record, "holder")[0] ? text_of(record, "holder") : "none");
    cJSON_ArrayForEach(node, nodes_of(tree)) {
        print_node(node);
    }
}

static const cJSON *find(const cJSON *tree, const char *hostname) {
    const cJSON *node;
    cJSON_ArrayForEach(node, nodes_of(tree)) {
        if (!strcmp(text_of(node, "hostname"), hostname))
            return node;
    }
    return NULL;
}

static void print_changes(const cJSON *before, const cJSON *tree) {
    const cJSON *node;
    cJSON_ArrayForEach(node, nodes_of(tree)) {
        const cJSON *old = find(before, text_of(node, "hostname"));
        if (!old || strcmp(text_of(old, "step"), text_of(node, "step")) ||
            strcmp(text_of(old, "state"), text_of(node, "state")) ||
            strcmp(text_of(old, "message"), text_of(node, "message")) || is_ready(old) != is_ready(node))
            print_node(node);
    }
}

static void show(struct status *status, const cJSON *tree, const char *text) {
    if (status->json || !isatty(STDOUT_FILENO)) {
        if (status->json)
            puts(text);
        else
            print_changes(status->before, tree);
    } else {
        fputs("\033[H\033[J", stdout);
        print_all(tree, text, false);
    }
    fflush(stdout);
}

/* The first machine that is not ready, or NULL. A site without machines is never ready. */
static const cJSON *first_waiting(const cJSON *tree) {
    const cJSON *node;
    cJSON_ArrayForEach(node, nodes_of(tree)) {
        if (!is_ready(node))
            return node;
    }
    return NULL;
}

static int give_up(const struct status *status) {
    const cJSON *node = first_waiting(status->before);
    if (!node)
        fprintf(stderr, "seedctl: status: no answer from the seed in %ld s\n", status->timeout_s);
    else
        fprintf(stderr, "seedctl: status: %s is not ready after %ld s: step `%s` %s\n", text_of(node, "hostname"),
                status->timeout_s, text_of(node, "step")[0] ? text_of(node, "step") : "silent", text_of(node, "state"));
    return 1;
}

/* Sleeps until the seed has news, a seed that is away included. */
static void await_news(struct status *status, const cJSON *tree, int64_t left_ms) {
    cleanup_buf struct buf ignored = BUF_INIT(8 << 20);
    struct error err = {0};
    char path[128];
    long wait_s = left_ms < POLL_S * 1000 ? (long)(left_ms / 1000) + 1 : POLL_S;
    snprintf(path, sizeof(path), "/v1/events?since=%.0f&wait=%ld", number_of(tree, "last_event", 0), wait_s);
    pause_ms(fetch(status, path, wait_s + 10, &ignored, &err) < 0 ? RETRY_MS : PAUSE_MS);
}

static int watch(struct status *status) {
    int64_t end = status->timeout_s ? clock_boottime_ms() + status->timeout_s * 1000 : INT64_MAX;
    cleanup_buf struct buf text = BUF_INIT(JSON_MAXIMUM);
    bool told = false;
    while (clock_boottime_ms() < end) {
        struct error err = {0};
        cJSON *tree = NULL;
        if (fetch_nodes(status, &text, &tree, &err) < 0) {
            if (!told)
                error_report(&err, "seedctl: status");
            told = true;
            pause_ms(RETRY_MS);
            continue;
        }
        told = false;
        show(status, tree, buf_text(&text));
        cJSON_Delete(status->before);
        status->before = tree;
        if (cJSON_GetArraySize(nodes_of(tree)) > 0 && !first_waiting(tree))
            return 0;
        await_news(status, tree, end - clock_boottime_ms());
    }
    return give_up(status);
}

static int once(struct status *status) {
    cleanup_buf struct buf text = BUF_INIT(JSON_MAXIMUM);
    struct error err = {0};
    cleanup_json cJSON *tree = NULL;
    if (fetch_nodes(status, &text, &tree, &err) < 0) {
        error_report(&err, "seedctl: status");
        return 1;
    }
    print_all(tree, buf_text(&text), status->json);
    return 0;
}

/* 0, 1 = help was printed, 2 = usage. */
static int parse(int argc, char **argv, struct status *status) {
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'}, {"pki", required_argument, NULL, 'p'}, {"admin-socket", required_argument, NULL, 'a'},    {"watch", no_argument, NULL, 'w'}, {"json", no_argument, NULL, 'j'},
        {"timeout", required_argument, NULL, 't'}, {"help", no_argument, NULL, 'h'},  {NULL, 0, NULL, 0}};
    char *end = NULL;
    int c;
    optind = 1;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'h') {
            usage(stdout);
            return 1;
        }
        if (c == 's')
            status->reach.seed = optarg;
        else if (c == 'p')
            status->reach.pki = optarg;
        else if (c == 'a')
            status->reach.socket = optarg;
        if (c == 't')
            status->timeout_s = strtol(optarg, &end, 10);
        status->watch = status->watch || c == 'w';
        status->json = status->json || c == 'j';
        if (c == '?' || (c == 't' && (*end || status->timeout_s < 1 || status->timeout_s > 1000000)))
            return 2;
    }
    return optind < argc || (status->timeout_s && !status->watch) ? 2 : 0;
}

int cmd_status(int argc, char **argv) {
    const char *environment = getenv("SEEDRACK_SEED");
    struct status status = {.reach.seed = environment ? environment : "http://127.0.0.1:8080"};
    int r = parse(argc, argv, &status);
    if (r != 0) {
        if (r == 2)
            usage(stderr);
        return r == 2 ? 2 : 0;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    status.curl = curl_easy_init();
    r = !status.curl ? 1 : status.watch ? watch(&status) : once(&status);
    cJSON_Delete(status.before);
    curl_easy_cleanup(status.curl);
    return r;
}
