/* SPDX-License-Identifier: Apache-2.0
 * seedctl backup: wants one now, and lists those that the seed has (docs/restore.md). */
#include "ask.h"
#include "commands.h"
#include "log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TIMEOUT_S = 10, HOUR_S = 3600, OLD = 2 /* periods */ };

void print_backup(const cJSON *backup) {
    if (!cJSON_IsObject(backup))
        return;
    double newest = json_number(backup, "newest_ms", 0) / 1000, every = json_number(backup, "every_ms", 0) / 1000;
    double age = (double)time(NULL) - newest;
    age = age > 0 ? age : 0; /* by the seed's clock */
    if (newest > 0)
        printf("backup: the newest of %.0f is %.1f h old, %.1f MB", json_number(backup, "kept", 0), age / HOUR_S,
               json_number(backup, "size", 0) / 1e6);
    else
        printf("backup: there is none yet");
    if (json_text(backup, "holder")[0])
        printf("; %s makes one", json_text(backup, "holder"));
    if (every > 0 && newest > 0 && age > OLD * every)
        printf("; the site wants one every %.1f h", every / HOUR_S);
    if (json_text(backup, "problem")[0]) {
        printf("; the last one failed: ");
        print_plain(json_text(backup, "problem"));
    }
    puts("");
    const cJSON *place;
    cJSON_ArrayForEach(place, cJSON_GetObjectItemCaseSensitive(backup, "to")) {
        if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(place, "missing")))
            continue;
        printf("backup: the newest is not at %s yet", json_text(place, "where"));
        if (json_text(place, "problem")[0]) {
            fputs(": ", stdout);
            print_plain(json_text(place, "problem"));
        }
        puts("");
    }
}

static int want(struct ask *ask, struct error *err) {
    cleanup_json cJSON *body = cJSON_CreateObject(), *answer = NULL;
    if (ask_post(ask, "/v1/admin/backup", body, "now", &answer, err) < 0)
        return -1;
    puts("a master makes one; seedctl status shows it");
    return 0;
}

static int list(struct ask *ask, struct error *err) {
    cleanup_json cJSON *tree = NULL;
    const cJSON *backup;
    if (ask_json(ask, "/v1/admin/backups", TIMEOUT_S, &tree, err) < 0)
        return -1;
    cJSON_ArrayForEach(backup, cJSON_GetObjectItemCaseSensitive(tree, "backups"))
        printf("%s  %10.1f MB  revision %.0f  sha256 %s\n", json_text(backup, "name"),
               json_number(backup, "size", 0) / 1e6, json_number(backup, "revision", 0), json_text(backup, "sha256"));
    return 0;
}

int seedctl_backup(const struct arguments *arguments) {
    struct error err = {0};
    struct ask ask;
    if (ask_start(&ask, arguments) < 0)
        return 1;
    int result = !strcmp(arguments->operands[0], "now") ? want(&ask, &err) : list(&ask, &err);
    ask_end(&ask);
    if (result < 0)
        error_report(&err, "seedctl");
    return result != 0;
}
