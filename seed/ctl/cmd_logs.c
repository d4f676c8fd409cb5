/* SPDX-License-Identifier: Apache-2.0
 * seedctl logs: the events of one machine that the seed has, with the ends of logs that explain failures. */
#include "ask.h"
#include "commands.h"
#include "log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { POLL_S = 30, RETRY_S = 1 };

struct logs {
    struct ask ask;
    const char *hostname;
    bool follow, json, any;
};

static void print_time(double ms) {
    char text[32] = "-";
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    if (ms > 0 && gmtime_r(&seconds, &tm))
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    printf("%-20s ", text);
}

static void print_event(const cJSON *event) {
    const char *code = json_text(event, "code"), *tail = json_text(event, "tail");
    print_time(json_number(event, "received_ms", 0));
    printf("%9.1f s  %-9.32s %-8.8s ", json_number(event, "at_ms", 0) / 1000, json_text(event, "step"),
           json_text(event, "state"));
    print_plain(json_text(event, "message"));
    printf("%s%.27s%s\n", code[0] ? " [" : "", code, code[0] ? "]" : "");
    print_lines(tail, "    | ");
}

static bool logs_event(void *context, const cJSON *event) {
    struct logs *logs = context;
    if (strcmp(json_text(event, "hostname"), logs->hostname) != 0)
        return true;
    logs->any = true;
    (logs->json ? print_json : print_event)(event);
    return true;
}

/* Prints once, or for ever. While the seed is away, one message says so. */
static int print_logs(struct logs *logs) {
    int64_t since = 0;
    bool told = false;
    for (bool first = true;; first = false) {
        struct error err = {0};
        int result = ask_events(&logs->ask, &since, first ? 0 : POLL_S, logs_event, logs, &err);
        fflush(stdout);
        if (result < 0 && !told)
            error_report(&err, "seedctl: logs");
        if (!logs->follow)
            return result < 0 ? 1 : 0;
        told = result < 0;
        if (told)
            nanosleep(&(struct timespec){.tv_sec = RETRY_S}, NULL);
    }
}

int seedctl_logs(const struct arguments *arguments) {
    struct logs logs = {.hostname = arguments->operands[0], .follow = arguments->follow, .json = arguments->json};
    if (ask_start(&logs.ask, arguments) < 0)
        return 1;
    int status = print_logs(&logs);
    if (status == 0 && !logs.any) {
        fprintf(stderr, "seedctl: logs: the seed has nothing of %s; seedctl explain %s says why\n", logs.hostname,
                logs.hostname);
        status = 1;
    }
    ask_end(&logs.ask);
    return status;
}
