/* SPDX-License-Identifier: Apache-2.0
 * seedctl upgrade: shows what an upgrade will do to whom, asks, and opens the order (docs/maintenance.md). */
#include "ask.h"
#include "commands.h"
#include "log.h"
#include "order.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static void show_plan(const cJSON *record, const char *from) {
    const cJSON *name, *check;
    printf("from %s to %s\n", from, json_text(record, "target"));
    cJSON_ArrayForEach(check, cJSON_GetObjectItemCaseSensitive(record, "checks")) {
        printf("   %-13s", json_text(check, "name"));
        print_lines(json_text(check, "value"), "");
    }
    printf("1. every machine fetches the layers and images of %s; nothing restarts\n", json_text(record, "target"));
    puts("2. one machine after the other is drained, upgraded by kubeadm, and reboots:");
    cJSON_ArrayForEach(name, cJSON_GetObjectItemCaseSensitive(record, "waiting"))
        printf("   %s\n", cJSON_GetStringValue(name));
    puts("There is no way back to the older release but a backup. seedctl rollout pauses and ends the order.");
}

static int confirm(struct ask *ask, const struct arguments *arguments, struct error *err) {
    cleanup_json cJSON *body = order_new(arguments, "upgrade", 0), *plan = NULL, *rack = NULL;
    cJSON_AddTrueToObject(body, "look");
    if (ask_post(ask, "/v1/admin/maintenance", body, "upgrade", &plan, err) < 0 ||
        ask_json(ask, "/v1/rack", 10, &rack, err) < 0)
        return -1;
    show_plan(plan, json_text(rack, "cluster_release"));
    if (arguments->yes || order_confirm("Begin?"))
        return 1;
    if (!isatty(STDIN_FILENO))
        return error_set(err, EINVAL, "nobody is there to be asked"), error_remedy(err, "say --yes");
    return 0;
}

int seedctl_upgrade(const struct arguments *arguments) {
    cleanup_json cJSON *body = order_new(arguments, "upgrade", 0), *record = NULL;
    struct error err = {0};
    struct ask ask;
    if (ask_start(&ask, arguments) < 0)
        return 1;
    int result = confirm(&ask, arguments, &err);
    if (result > 0)
        result = ask_post(&ask, "/v1/admin/maintenance", body, "upgrade", &record, &err);
    ask_end(&ask);
    if (result < 0)
        error_report(&err, "seedctl");
    else if (record)
        order_print(record);
    return result < 0;
}
