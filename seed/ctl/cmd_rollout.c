/* SPDX-License-Identifier: Apache-2.0
 * seedctl renew and seedctl rollout: the maintenance record, over the admin socket or TLS (docs/maintenance.md). */
#include "ask.h"
#include "commands.h"
#include "log.h"
#include "order.h"

#include <stdio.h>
#include <string.h>

enum { TIMEOUT_S = 10 };

static int operate(const struct arguments *arguments, const cJSON *body, const char *subject) {
    cleanup_json cJSON *answer = NULL;
    struct error err = {0};
    struct ask ask;
    if (ask_start(&ask, arguments) < 0)
        return 1;
    int result = ask_post(&ask, "/v1/admin/maintenance", body, subject, &answer, &err);
    ask_end(&ask);
    if (result == 0)
        return order_print(answer), 0;
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
        return order_print(cJSON_GetObjectItemCaseSensitive(rack, "maintenance")), order_print_release(rack), 0;
    if (result == -1)
        error_report(&err, "seedctl");
    return 1;
}

static int start(const struct arguments *arguments) {
    cleanup_json cJSON *body = order_new(arguments, "rollout", 1);
    return operate(arguments, body, "start");
}

int seedctl_rollout(const struct arguments *arguments) {
    const char *act = arguments->operands[0];
    bool force = !strcmp(act, "force");
    cleanup_json cJSON *body = cJSON_CreateObject();
    if (!strcmp(act, "start") && !arguments->lose_data && !arguments->off)
        return start(arguments);
    if (arguments->single)
        return command_refuse(arguments, "only start takes --single");
    if ((arguments->lose_data || arguments->off) && strcmp(act, "resume") != 0)
        return command_refuse(arguments, "only resume takes --lose-data and --off");
    if (force != (arguments->n_operands == 2) || arguments->n_operands > 2)
        return command_refuse(arguments,
                              force ? "force wants the HOSTNAME whose work is over"
                                    : "%s takes no HOSTNAME: the record has one machine in hand",
                              act);
    if (!strcmp(act, "status"))
        return show(arguments);
    cJSON_AddStringToObject(body, "act", act);
    if (arguments->lose_data)
        cJSON_AddBoolToObject(body, "lose_data", true);
    if (arguments->off)
        cJSON_AddBoolToObject(body, "off", true);
    if (force)
        cJSON_AddStringToObject(body, "hostname", arguments->operands[1]);
    return operate(arguments, body, act);
}

int seedctl_renew(const struct arguments *arguments) {
    cleanup_json cJSON *body = order_new(arguments, "renew", 0);
    return operate(arguments, body, "renew");
}
