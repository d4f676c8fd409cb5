/* SPDX-License-Identifier: Apache-2.0
 * seedctl release: which releases the seed has; adds one from a signed archive, and removes one (docs/releases.md). */
#include "ask.h"
#include "commands.h"
#include "log.h"
#include "release_archive.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RELEASE_KEY "/usr/local/share/seedrack/release.pub" /* of whoever built this installation */
enum { TIMEOUT_S = 10 };

static const cJSON *releases_of(const cJSON *tree) {
    return cJSON_GetObjectItemCaseSensitive(tree, "releases");
}

static void print_list(const cJSON *tree) {
    const cJSON *release;
    cJSON_ArrayForEach(release, releases_of(tree))
        printf("%-10s %s%s\n", json_text(release, "name"),
               cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(release, "added")) ? "added" : "given to seed-server",
               cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(release, "in_use")) ? ", in use" : "");
}

static int list(struct ask *ask, struct error *err) {
    cleanup_json cJSON *tree = NULL;
    if (ask_json(ask, "/v1/admin/releases", TIMEOUT_S, &tree, err) < 0)
        return -1;
    print_list(tree);
    return 0;
}

static int announce(struct ask *ask, const struct release_archive *archive, struct error *err) {
    cleanup_json cJSON *body = cJSON_CreateObject(), *answer = NULL;
    cJSON_AddItemToObject(body, "release", cJSON_Parse(buf_text(&archive->pins)));
    cJSON_AddItemToObject(body, "layers", cJSON_Parse(buf_text(&archive->layers)));
    if (ask_post(ask, "/v1/admin/releases", body, archive->release->name, &answer, err) < 0)
        return -1;
    print_list(answer);
    return 0;
}

static int add(struct ask *ask, const struct arguments *arguments, struct error *err) {
    const char *key = arguments->release_key ? arguments->release_key : RELEASE_KEY;
    cleanup_json cJSON *tree = NULL;
    struct release_archive archive;
    int result = release_archive_open(arguments->operands[1], key, &archive, err);
    if (result == 0)
        result = ask_json(ask, "/v1/admin/releases", TIMEOUT_S, &tree, err);
    if (result == 0)
        result = release_archive_unpack(&archive, json_text(tree, "artifacts"), err);
    if (result == 0)
        result = announce(ask, &archive, err);
    release_archive_free(&archive);
    return result;
}

static bool lists(const cJSON *tree, const char *sha256) {
    const cJSON *release, *layer;
    cJSON_ArrayForEach(release, releases_of(tree)) {
        cJSON_ArrayForEach(layer, cJSON_GetObjectItemCaseSensitive(release, "layers")) {
            if (!strcmp(cJSON_GetStringValue(layer), sha256))
                return true;
        }
    }
    return false;
}

/* The files of the layers that no release has any more. */
static void remove_files(const cJSON *before, const cJSON *after) {
    const cJSON *release, *layer;
    cJSON_ArrayForEach(release, releases_of(before)) {
        cJSON_ArrayForEach(layer, cJSON_GetObjectItemCaseSensitive(release, "layers")) {
            char path[PATH_MAX];
            const char *sha256 = cJSON_GetStringValue(layer);
            if (lists(after, sha256))
                continue;
            snprintf(path, sizeof(path), "%s/sha256/%s", json_text(before, "artifacts"), sha256);
            if (unlink(path) < 0 && errno != ENOENT)
                log_warning("`%s` stays: %s", path, strerror(errno));
        }
    }
}

static int drop(struct ask *ask, const char *name, struct error *err) {
    cleanup_json cJSON *body = cJSON_CreateObject(), *before = NULL, *after = NULL;
    cJSON_AddStringToObject(body, "name", name);
    if (ask_json(ask, "/v1/admin/releases", TIMEOUT_S, &before, err) < 0 ||
        ask_post(ask, "/v1/admin/releases/remove", body, name, &after, err) < 0)
        return -1;
    remove_files(before, after);
    print_list(after);
    return 0;
}

int seedctl_release(const struct arguments *arguments) {
    const char *act = arguments->operands[0];
    struct error err = {0};
    struct ask ask;
    if (!strcmp(act, "list") != (arguments->n_operands == 1))
        return command_refuse(arguments, !strcmp(act, "list")  ? "list takes no operand"
                                         : !strcmp(act, "add") ? "add wants the archive's FILE"
                                                               : "remove wants the release's NAME");
    if (arguments->release_key && strcmp(act, "add") != 0)
        return command_refuse(arguments, "only add takes --release-key");
    if (ask_start(&ask, arguments) < 0)
        return 1;
    if (strcmp(act, "list") != 0 && !ask.reach.socket) { /* its folder is the seed's machine's */
        ask_end(&ask);
        return command_refuse(arguments, "%s is for the seed's own machine: by --admin-socket", act);
    }
    int result = !strcmp(act, "list")  ? list(&ask, &err)
                 : !strcmp(act, "add") ? add(&ask, arguments, &err)
                                       : drop(&ask, arguments->operands[1], &err);
    ask_end(&ask);
    if (result < 0)
        error_report(&err, "seedctl");
    return result != 0;
}
