/* SPDX-License-Identifier: Apache-2.0
 * seedctl renew and seedctl rollout: the maintenance record, over the admin socket or TLS (docs/maintenance.md). */
#include "ask.h"
#include "commands.h"
#include "log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TIMEOUT_S = 10 };

void print_maintenance(const cJSON *record) {
    const cJSON *waiting = cJSON_GetObjectItemCaseSensitive(record, "waiting"), *name;
    const char *holder = json_text(record, "holder"), *message = json_text(record, "message");
    printf("%s: %s", json_text(record, "kind"), json_text(record, "state"));
    if (holder[0])
        printf(", %s: %s for %.0f s", holder, json_text(record, "step"),
               (double)time(NULL) - json_number(record, "since_ms", 0) / 1000);
    printf("%s", cJSON_GetArraySize(waiting) ? ", then" : "");
    cJSON_ArrayForEach(name, waiting) printf(" %s", cJSON_GetStringValue(name));
    puts("");
    if (message[0]) {
        printf("%s: ", json_text(record, "code"));
        print_plain(message);
        printf("; seedctl explain %s\n", json_text(record, "code"));
    }
}

static void print_record(const cJSON *record) {
    if (!strcmp(json_text(record, "state"), "CLOSED"))
        puts("no maintenance is open");
    else
        print_maintenance(record);
}

static int operate(const struct arguments *arguments, const cJSON *body, const char *subject) {
    cleanup_json cJSON *answer = NULL;
    struct error err = {0};
    struct ask ask;
    if (ask_start(&ask, arguments) < 0)
        return 1;
    int result = ask_post(&ask, "/v1/admin/maintenance", body, subject, &answer, &err);
    ask_end(&ask);
    if (result == 0)
        return print_record(answer), 0;
    error_report(&err, "seedctl");
    return 1;
}

static int show(const struct arguments *arguments) {
    cleanup_json cJSON *rack = NULL;
    struct error err = {0};
    struct ask ask;
    int result = ask_start(&ask, arguments) < 0 ? -2 : ask_json(&ask, "/v1/rack", TIMEOUT_S, &rack, &err);
    ask_end(&ask);
    if (result == 0)
        return print_record(cJSON_GetObjectItemCaseSensitive(rack, "maintenance")), 0;
    if (result == -1)
        error_report(&err, "seedctl");
    return 1;
}

static int start(const struct arguments *arguments) {
    cleanup_json cJSON *body = cJSON_CreateObject();
    cJSON *machines = cJSON_AddArrayToObject(body, "machines");
    cJSON_AddStringToObject(body, "act", "open");
    cJSON_AddStringToObject(body, "kind", "rollout");
    for (size_t i = 1; i < arguments->n_operands; i++)
        cJSON_AddItemToArray(machines, cJSON_CreateString(arguments->operands[i]));
    if (arguments->single)
        cJSON_AddBoolToObject(body, "single", true);
    return operate(arguments, body, "start");
}

int seedctl_rollout(const struct arguments *arguments) {
    const char *act = arguments->operands[0];
    bool force = !strcmp(act, "force");
    cleanup_json cJSON *body = cJSON_CreateObject();
    if (!strcmp(act, "start"))
        return start(arguments);
    if (arguments->single)
        return command_refuse(arguments, "only start takes --single");
    if (force != (arguments->n_operands == 2) || arguments->n_operands > 2)
        return command_refuse(arguments,
                              force ? "force wants the HOSTNAME whose work is over"
                                    : "%s takes no HOSTNAME: the record has one machine in hand",
                              act);
    if (!strcmp(act, "status"))
        return show(arguments);
    cJSON_AddStringToObject(body, "act", act);
    if (force)
        cJSON_AddStringToObject(body, "hostname", arguments->operands[1]);
    return operate(arguments, body, act);
}

int seedctl_renew(const struct arguments *arguments) {
    cleanup_json cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "act", "open");
    cJSON_AddStringToObject(body, "kind", "renew");
    if (arguments->single)
        cJSON_AddBoolToObject(body, "single", true);
    return operate(arguments, body, "renew");
}
