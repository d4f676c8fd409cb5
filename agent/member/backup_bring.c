/* SPDX-License-Identifier: Apache-2.0
 * See backup_bring.h. The bucket's key is asked of the seed each time and kept nowhere. */
#include "backup_bring.h"
#include "decide/paths.h"
#include "world/world.h"

#include "backup_id.h"
#include "check.h"
#include "json.h"
#include "log.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { URL_SIZE = 400 };

static int read_object(const cJSON *bring, struct s3_object *ret, struct error *err) {
    *ret = (struct s3_object){.url = json_text(bring, "url"),
                              .region = json_text(bring, "region"),
                              .ca = json_text(bring, "ca"),
                              .sha256 = json_text(bring, "sha256")};
    return !backup_name_valid(json_text(bring, "name")) || check_bucket(ret->url) || check_label(ret->region) ||
                   check_certificates(ret->ca) || check_sha256(ret->sha256) || check_label(json_text(bring, "secret"))
               ? error_set(err, EPROTO, "seed: answer to GET /v1/backup")
               : 0;
}

static int put(struct agent *agent, const cJSON *bring, struct s3_object *object, const char *key, struct error *err) {
    const char *name = json_text(bring, "name");
    char url[URL_SIZE], file[BACKUP_NAME_SIZE + 64];
    if (check_s3_key(key)) {
        error_set(err, EINVAL, "secret `%s` is not KEY:SECRET", json_text(bring, "secret"));
        return error_remedy(err, "seedctl secret set %s", json_text(bring, "secret"));
    }
    snprintf(url, sizeof(url), "%s/%s.age", object->url, name);
    snprintf(file, sizeof(file), AGENT_BACKUPS "/%s.age", name);
    object->url = url;
    object->key = key;
    return agent->world->s3_put(object, file, err);
}

static int bring_it(struct agent *agent, const cJSON *bring, struct error *err) {
    struct s3_object object;
    char path[128];
    cleanup_json cJSON *secret = NULL;
    if (read_object(bring, &object, err) < 0)
        return -1;
    snprintf(path, sizeof(path), "/v1/secrets/%s", json_text(bring, "secret"));
    if (agent->world->seed_call(&agent->seed, "GET", path, NULL, 10, NULL, &secret, err) < 0)
        return -1;
    int result = put(agent, bring, &object, json_text(secret, "value"), err);
    cJSON *value = cJSON_GetObjectItemCaseSensitive(secret, "value");
    if (cJSON_IsString(value))
        explicit_bzero(value->valuestring, strlen(value->valuestring));
    return result;
}

void backup_bring(struct agent *agent, const cJSON *bring) {
    cleanup_json cJSON *body = cJSON_CreateObject();
    struct error err = {0}, untold = {0};
    char message[256] = "";
    if (bring_it(agent, bring, &err) < 0) {
        snprintf(message, sizeof(message), "%.170s%s%.80s", err.message, err.remedy[0] ? "; " : "", err.remedy);
        error_code(&err, SR_BACKUP);
        log_warning("backup: %s", err.message);
    }
    cJSON_AddStringToObject(body, "name", json_text(bring, "name"));
    cJSON_AddStringToObject(body, "url", json_text(bring, "url"));
    cJSON_AddStringToObject(body, "message", message);
    if (agent->world->seed_call(&agent->seed, "POST", "/v1/backup/brought", body, 10, NULL, NULL, &untold) < 0)
        log_warning("%s", untold.message);
}
