/* SPDX-License-Identifier: Apache-2.0
 * See redfish.h. */
#include "redfish.h"

#include "json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Letters, digits and a few others, below /redfish/v1/, and never up: it goes into a URL as it is. */
static bool path_fits(const char *path) {
    static const char below[] = "/redfish/v1/", *letters =
                                                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                                    "/._-#";
    size_t n = strlen(path);
    return !strncmp(path, below, sizeof(below) - 1) && n < REDFISH_PATH_SIZE && strspn(path, letters) == n &&
           !strstr(path, "..");
}

static const char *last_word(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Both with and without a slash at the end are seen. */
static int keep_path(const char *path, char ret[static REDFISH_PATH_SIZE], struct error *err) {
    size_t n = strlen(path);
    if (!path_fits(path))
        return error_set(err, EINVAL, "it names `%.64s`, which is no path below /redfish/v1/", path);
    snprintf(ret, REDFISH_PATH_SIZE, "%.*s", (int)(n - (path[n - 1] == '/')), path);
    return 0;
}

int redfish_member(const char *text, size_t length, const char *name, char ret_path[static REDFISH_PATH_SIZE],
                   struct error *err) {
    cleanup_json cJSON *tree = NULL;
    char path[REDFISH_PATH_SIZE];
    size_t found = 0;
    const cJSON *member;
    if (json_parse(text, length, &tree, err) < 0)
        return error_wrap(err, REDFISH_SYSTEMS);
    const cJSON *members = cJSON_GetObjectItemCaseSensitive(tree, "Members");
    cJSON_ArrayForEach(member, members) {
        if (keep_path(json_text(member, "@odata.id"), path, err) < 0)
            return error_wrap(err, REDFISH_SYSTEMS);
        if (name && strcmp(last_word(path), name) != 0)
            continue;
        snprintf(ret_path, REDFISH_PATH_SIZE, "%s", path);
        found++;
    }
    if (found == 1)
        return 0;
    if (name) {
        error_set(err, ENOENT, REDFISH_SYSTEMS " has no member `%s`", name);
        return error_remedy(err, "correct `system` of the node's `power`");
    }
    error_set(err, ENOENT, REDFISH_SYSTEMS " has %zu members", found);
    return error_remedy(err, found ? "name the machine's by `system` of its `power`" : "see what the BMC is of");
}

/* A system that does not say what it takes is asked for what all must take. */
static void read_types(const cJSON *reset, struct redfish_system *system) {
    const struct {
        const char *name;
        bool *known;
    } types[] = {{"On", &system->on},
                 {"ForceOff", &system->force_off},
                 {"ForceRestart", &system->force_restart},
                 {"PowerCycle", &system->power_cycle}};
    const cJSON *allowed = cJSON_GetObjectItemCaseSensitive(reset, "ResetType@Redfish.AllowableValues"), *value;
    system->on = system->force_off = system->force_restart = !cJSON_IsArray(allowed);
    cJSON_ArrayForEach(value, allowed) {
        const char *text = cJSON_GetStringValue(value);
        for (size_t i = 0; text && i < sizeof(types) / sizeof(types[0]); i++)
            *types[i].known |= !strcmp(text, types[i].name);
    }
}

int redfish_system(const char *text, size_t length, struct redfish_system *ret, struct error *err) {
    cleanup_json cJSON *tree = NULL;
    struct redfish_system system = {0};
    if (json_parse(text, length, &tree, err) < 0)
        return error_wrap(err, "its system");
    const char *power = json_text(tree, "PowerState"); /* PoweringOn and PoweringOff are neither */
    system.power = !strcmp(power, "On") ? POWER_IS_ON : !strcmp(power, "Off") ? POWER_IS_OFF : POWER_IS_UNKNOWN;
    const cJSON *reset =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(tree, "Actions"), "#ComputerSystem.Reset");
    const char *target = json_text(reset, "target");
    if (target[0] && keep_path(target, system.reset, err) < 0)
        return error_wrap(err, "its system");
    read_types(reset, &system);
    *ret = system;
    return 0;
}

int redfish_order(const struct redfish_system *system, enum power_act act, struct buf *ret_body, struct error *err) {
    const char *type = NULL;
    if (act == POWER_PXE_ONCE) {
        buf_adds(ret_body, "{\"Boot\":{\"BootSourceOverrideEnabled\":\"Once\",\"BootSourceOverrideTarget\":\"Pxe\"}}");
        return 0;
    }
    if (act == POWER_ON && system->on)
        type = "On";
    else if (act == POWER_OFF && system->force_off)
        type = "ForceOff";
    else if (act == POWER_CYCLE)
        type = system->force_restart ? "ForceRestart" : system->power_cycle ? "PowerCycle" : NULL;
    if (!type || !system->reset[0]) {
        error_set(err, EOPNOTSUPP, "its ComputerSystem.Reset does not take what `%s` needs", power_act_names[act]);
        return error_remedy(err, "do it by hand; the BMC's own page may offer more");
    }
    buf_addf(ret_body, "{\"ResetType\":\"%s\"}", type);
    return 0;
}
