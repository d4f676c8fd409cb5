/* SPDX-License-Identifier: Apache-2.0
 * seedctl retire: opens the order, waits until what goes with the machine was looked at, and asks
 * (docs/maintenance.md).
 */
#include "ask.h"
#include "commands.h"
#include "log.h"
#include "order.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_S = 25 };

static int post(struct ask *ask, const char *act, bool lose_data, cJSON **ret, struct error *err) {
    cleanup_json cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "act", act);
    if (lose_data)
        cJSON_AddBoolToObject(body, "lose_data", true);
    cJSON_Delete(*ret);
    *ret = NULL;
    return ask_post(ask, "/v1/admin/maintenance", body, act, ret, err);
}

static int open_order(struct ask *ask, const struct arguments *arguments, cJSON **ret, struct error *err) {
    cleanup_json cJSON *body = order_new(arguments, "retire", 0);
    return ask_post(ask, "/v1/admin/maintenance", body, "retire", ret, err);
}

static bool is_looked_at(const cJSON *record) {
    return !strcmp(json_text(record, "state"), "RUNNING") && !strcmp(json_text(record, "step"), "data");
}

static int await_look(struct ask *ask, cJSON **record, struct error *err) {
    while (is_looked_at(*record)) {
        cJSON *next = NULL;
        char path[96];
        snprintf(path, sizeof(path), "/v1/admin/maintenance?version=%.0f&wait=%d", json_number(*record, "version", 0),
                 WAIT_S);
        if (ask_json(ask, path, WAIT_S + 10, &next, err) < 0)
            return -1;
        cJSON_Delete(*record);
        *record = next;
    }
    return 0;
}

/* Each machine of the order is looked at when its turn comes: the first one now. */
static int follow(struct ask *ask, cJSON **record, struct error *err) {
    while (await_look(ask, record, err) == 0) {
        bool halted = !strcmp(json_text(*record, "state"), "HALTED");
        if (!halted || strcmp(json_text(*record, "code"), code_name(SR_RETIRE_DATA)) != 0 || !isatty(STDIN_FILENO)) {
            order_print(*record);
            return halted;
        }
        order_print(*record);
        bool yes = order_confirm("Go on, and lose it?"); /* whoever says no leaves the machine in the cluster */
        if (post(ask, yes ? "resume" : "abort", yes, record, err) < 0)
            return -1;
    }
    return -1;
}

int seedctl_retire(const struct arguments *arguments) {
    cleanup_json cJSON *record = NULL;
    struct error err = {0};
    struct ask ask;
    if (ask_start(&ask, arguments) < 0)
        return 1;
    int result = open_order(&ask, arguments, &record, &err);
    if (result == 0 && !arguments->off && cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(record, "off")))
        printf("%s: its BMC says that it is off: as with --off\n", arguments->operands[0]);
    if (result == 0)
        result = follow(&ask, &record, &err);
    ask_end(&ask);
    if (result < 0)
        error_report(&err, "seedctl");
    return result != 0;
}
