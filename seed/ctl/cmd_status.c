/* SPDX-License-Identifier: Apache-2.0
 * seedctl status: one line for each machine. --watch follows the seed's events until every machine is ready: with a
 * table on a terminal, else with one line for each change, with --json with one document for each change. */
#include "ask.h"
#include "commands.h"
#include "report/screen.h"

#include "clock.h"
#include "log.h"
#include "order.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    CERTIFICATE_DAYS = 60,
    CLUSTER_DAYS = 30,
    POLL_S = 20,
    TERMINAL_POLL_S = 1 /* ages count up */,
    PAUSE_MS = 100,
    RETRY_MS = 1000,
    TIMEOUT_MAX_S = 1000000
};

struct status {
    struct ask ask;
    bool watch, json, terminal, colours;
    long timeout_s; /* 0 = for ever */
    int64_t started_ms;
    cJSON *before; /* what was printed last, to see changes */
};

static void pause_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static bool is_ready(const cJSON *node) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(node, "ready"));
}

static const cJSON *nodes_of(const cJSON *tree) {
    return cJSON_GetObjectItemCaseSensitive(tree, "nodes");
}

static void print_node(const struct status *status, const cJSON *node) {
    double bytes = json_number(node, "bytes", -1);
    char size[32] = "-";
    const char *step = json_text(node, "step"), *state = json_text(node, "state"), *code = json_text(node, "code");
    if (bytes >= 0)
        snprintf(size, sizeof(size), "%.1f MB", bytes / 1e6);
    printf("%-16.63s %-6.8s %-10.32s %s%-8.8s%s %8.1f s %10s%s", json_text(node, "hostname"), json_text(node, "role"),
           step[0] ? step : "silent", screen_colour(status->colours, state), state, screen_plain(status->colours),
           json_number(node, "seconds", 0), size, json_text(node, "message")[0] ? "  " : "");
    print_plain(json_text(node, "message"));
    printf("%s%.27s%s\n", code[0] ? " [" : "", code, code[0] ? "]" : "");
}

static const char *certificate_remedy(const char *name) {
    if (!strcmp(name, "ca") || !strcmp(name, "etcd-ca") || !strcmp(name, "front-proxy-ca"))
        return "nothing renews a CA: make a new cluster";
    return !strcmp(name, "kubelet") ? "kubelet should have renewed it: read its log" : "seedctl renew makes new ones";
}

/* The one of the cluster that ends first, when it is time to do something. */
static void print_certificate(const cJSON *certificate) {
    double days = (json_number(certificate, "ends", 0) - (double)time(NULL)) / (24 * 60 * 60);
    const char *name = json_text(certificate, "name");
    if (cJSON_IsObject(certificate) && days < CLUSTER_DAYS)
        printf("%s: certificate %s %s %.0f days%s: %s\n", json_text(certificate, "hostname"), name,
               days < 0 ? "ended" : "ends in", days < 0 ? -days : days, days < 0 ? " ago" : "",
               certificate_remedy(name));
}

static void print_all(const struct status *status, const cJSON *tree) {
    const cJSON *node, *record = cJSON_GetObjectItemCaseSensitive(tree, "bootstrap");
    printf("%s: bootstrap %s, holder %s\n", json_text(tree, "site"), json_text(record, "state"),
           json_text(record, "holder")[0] ? json_text(record, "holder") : "none");
    double days = json_number(tree, "certificate_days", CERTIFICATE_DAYS);
    if (days < CERTIFICATE_DAYS)
        printf("the seed's certificate ends in %.0f days: seedctl init --renew, then restart seed-server\n", days);
    print_certificate(cJSON_GetObjectItemCaseSensitive(tree, "first_certificate"));
    const cJSON *maintenance = cJSON_GetObjectItemCaseSensitive(tree, "maintenance"); /* an older seed has none */
    if (maintenance && strcmp(json_text(maintenance, "state"), "CLOSED") != 0)
        order_print_open(maintenance);
    order_print_release(tree);
    print_backup(cJSON_GetObjectItemCaseSensitive(tree, "backup"));
    cJSON_ArrayForEach(node, nodes_of(tree)) {
        print_node(status, node);
    }
}

static const cJSON *node_find(const cJSON *tree, const char *hostname) {
    const cJSON *node;
    cJSON_ArrayForEach(node, nodes_of(tree)) {
        if (!strcmp(json_text(node, "hostname"), hostname))
            return node;
    }
    return NULL;
}

static void print_changes(const struct status *status, const cJSON *tree) {
    const cJSON *node;
    cJSON_ArrayForEach(node, nodes_of(tree)) {
        const cJSON *old = node_find(status->before, json_text(node, "hostname"));
        if (!old || strcmp(json_text(old, "step"), json_text(node, "step")) ||
            strcmp(json_text(old, "state"), json_text(node, "state")) ||
            strcmp(json_text(old, "message"), json_text(node, "message")) || is_ready(old) != is_ready(node))
            print_node(status, node);
    }
}

static void status_draw(const struct status *status, const cJSON *tree) {
    struct winsize size = {0};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    struct screen screen = {.columns = size.ws_col ? size.ws_col : 80,
                            .rows = size.ws_row ? size.ws_row : 24,
                            .colours = status->colours,
                            .seconds = (long)(clock_boottime_ms() - status->started_ms) / 1000};
    cleanup_buf struct buf text = BUF_INIT(1 << 20);
    screen_draw(&screen, tree, &text);
    fputs(buf_text(&text), stdout);
}

static void status_show(struct status *status, const cJSON *tree) {
    if (status->json)
        print_json(tree);
    else if (status->terminal)
        status_draw(status, tree);
    else
        print_changes(status, tree);
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

static int status_give_up(const struct status *status) {
    const cJSON *node = first_waiting(status->before);
    if (!node)
        fprintf(stderr, "seedctl: status: no answer from the seed in %ld s\n", status->timeout_s);
    else
        fprintf(
            stderr,
            "seedctl: status: %s is not ready after %ld s: step `%s` %s; seedctl explain %s says what it waits for\n",
            json_text(node, "hostname"), status->timeout_s,
            json_text(node, "step")[0] ? json_text(node, "step") : "silent", json_text(node, "state"),
            json_text(node, "hostname"));
    return 1;
}

/* Waits until the seed has news; while the seed is away, until the next try. */
static void await_news(struct status *status, const cJSON *tree, int64_t left_ms) {
    cleanup_buf struct buf ignored = BUF_INIT(JSON_MAXIMUM);
    struct error err = {0};
    char path[128];
    long most_s = status->terminal && !status->json ? TERMINAL_POLL_S : POLL_S,
         wait_s = left_ms < most_s * 1000 ? (long)(left_ms / 1000) + 1 : most_s;
    snprintf(path, sizeof(path), "/v1/events?since=%.0f&wait=%ld", json_number(tree, "last_event", 0), wait_s);
    pause_ms(ask_get(&status->ask, path, wait_s + 10, &ignored, &err) < 0 ? RETRY_MS : PAUSE_MS);
}

static int status_watch(struct status *status) {
    int64_t end = status->timeout_s ? clock_boottime_ms() + status->timeout_s * 1000 : INT64_MAX;
    bool told = false;
    while (clock_boottime_ms() < end) {
        struct error err = {0};
        cJSON *tree = NULL;
        if (ask_json(&status->ask, "/v1/nodes", 10, &tree, &err) < 0) {
            if (!told)
                error_report(&err, "seedctl: status");
            told = true;
            pause_ms(RETRY_MS);
            continue;
        }
        told = false;
        status_show(status, tree);
        cJSON_Delete(status->before);
        status->before = tree;
        if (cJSON_GetArraySize(nodes_of(tree)) > 0 && !first_waiting(tree))
            return 0;
        await_news(status, tree, end - clock_boottime_ms());
    }
    return status_give_up(status);
}

static int status_once(struct status *status) {
    struct error err = {0};
    cleanup_json cJSON *tree = NULL;
    if (ask_json(&status->ask, "/v1/nodes", 10, &tree, &err) < 0) {
        error_report(&err, "seedctl: status");
        return 1;
    }
    if (status->json)
        print_json(tree);
    else
        print_all(status, tree);
    return 0;
}

/* Colours and size of the terminal (no-color.org; a terminal called "dumb" has no control sequences). */
static void look_at_terminal(struct status *status) {
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    status->terminal = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
    status->colours = status->terminal && !(no_colour && no_colour[0]);
}

/* The value of --timeout; 0: not given. False: it was refused. */
static bool parse_timeout(const struct arguments *arguments, long *ret_s) {
    char *end = NULL;
    long seconds = arguments->timeout ? strtol(arguments->timeout, &end, 10) : 0;
    if (end && (*end || seconds < 1 || seconds > TIMEOUT_MAX_S))
        command_refuse(arguments, "--timeout `%s` is not valid; expected seconds, 1 to %d", arguments->timeout,
                       TIMEOUT_MAX_S);
    else if (end && !arguments->watch)
        command_refuse(arguments, "--timeout belongs to --watch; add it");
    else
        return *ret_s = seconds, true;
    return false;
}

int seedctl_status(const struct arguments *arguments) {
    struct status status = {.watch = arguments->watch, .json = arguments->json, .started_ms = clock_boottime_ms()};
    if (!parse_timeout(arguments, &status.timeout_s))
        return 2;
    if (ask_start(&status.ask, arguments) < 0)
        return 1;
    look_at_terminal(&status);
    if (status.watch && status.terminal && !status.json)
        fputs("\033[2J", stdout);
    int result = status.watch ? status_watch(&status) : status_once(&status);
    cJSON_Delete(status.before);
    ask_end(&status.ask);
    return result;
}
