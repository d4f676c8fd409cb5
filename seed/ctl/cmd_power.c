/* SPDX-License-Identifier: Apache-2.0
 * seedctl power: the seed speaks to a machine's BMC, or sends a magic packet (docs/operating.md). */
#include "ask.h"
#include "commands.h"
#include "log.h"

#include <stdio.h>
#include <string.h>

static void print_done(const char *act, const cJSON *answer) {
    const char *hostname = json_text(answer, "hostname"), *power = json_text(answer, "power");
    if (!strcmp(act, "status"))
        printf("%s is %s\n", hostname, !strcmp(power, "unknown") ? "neither on nor off, as its BMC says" : power);
    else if (!strcmp(act, power))
        printf("%s was %s already\n", hostname, power);
    else
        printf("%s: %s is ordered\n", hostname, act);
}

int seedctl_power(const struct arguments *arguments) {
    const char *act = arguments->operands[0], *hostname = arguments->operands[1];
    cleanup_json cJSON *body = cJSON_CreateObject(), *answer = NULL;
    struct error err = {0};
    struct ask ask;
    if (arguments->force && strcmp(act, "off") != 0 && strcmp(act, "cycle") != 0)
        return command_refuse(arguments, "only off and cycle take --force");
    if (ask_start(&ask, arguments) < 0)
        return 1;
    cJSON_AddStringToObject(body, "hostname", hostname);
    cJSON_AddStringToObject(body, "act", act);
    if (arguments->force)
        cJSON_AddTrueToObject(body, "force");
    int result = ask_post(&ask, "/v1/admin/power", body, "power", &answer, &err);
    ask_end(&ask);
    if (result == 0)
        return print_done(act, answer), 0;
    error_report(&err, "seedctl");
    return 1;
}
