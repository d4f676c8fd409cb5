/* SPDX-License-Identifier: Apache-2.0
 * seedctl release: which releases the seed has; adds one from a signed archive, and removes one (docs/releases.md). */
#include "ask.h"
#include "commands.h"
#include "log.h"
#include "release_archive.h"
#include "release_offline.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TIMEOUT_S = 10 };

/* Of whoever built this installation: by make install, or as a package. */
static const char *default_key(void) {
    static const char *const paths[] = {"/usr/local/share/seedrack/release.pub", "/usr/share/seedrack/release.pub"};
    return access(paths[0], F_OK) == 0 ? paths[0] : paths[1];
}

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

static int unpack(const struct release_archive *archive, const struct arguments *arguments, const char *artifacts,
                  struct error *err) {
    bool boot_stays = false;
    umask(022); /* the seed is another user */
    if (release_archive_unpack(archive, artifacts, arguments->boot, &boot_stays, err) < 0)
        return -1;
    if (boot_stays)
        log_info("`%s/boot` stays as it is: machines boot those files; --boot replaces them by the archive's",
                 artifacts);
    else if (!archive->boot_tree)
        log_warning("`%s` has no boot files: those in `%s/boot` stay", archive->path, artifacts);
    return 0;
}

static int add_to_seed(struct ask *ask, const struct release_archive *archive, const struct arguments *arguments,
                       struct error *err) {
    cleanup_json cJSON *tree = NULL;
    return ask_json(ask, "/v1/admin/releases", TIMEOUT_S, &tree, err) < 0 ||
                   unpack(archive, arguments, json_text(tree, "artifacts"), err) < 0
               ? -1
               : announce(ask, archive, err);
}

static int add_offline(const struct release_archive *archive, const struct arguments *arguments, struct error *err) {
    if (release_offline_check(err) < 0 || unpack(archive, arguments, RELEASE_OFFLINE_ARTIFACTS, err) < 0 ||
        release_offline_keep(archive, err) < 0)
        return -1;
    printf("%-10s added, for the seed that starts here\n", archive->release->name);
    return 0;
}

/* ask NULL: no seed runs here. */
static int add(struct ask *ask, const struct arguments *arguments, struct error *err) {
    struct release_archive archive;
    int result = release_archive_open(arguments->operands[1],
                                      arguments->release_key ? arguments->release_key : default_key(), &archive, err);
    if (result == 0)
        result = ask ? add_to_seed(ask, &archive, arguments, err) : add_offline(&archive, arguments, err);
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

static int with_seed(const struct arguments *arguments, struct error *err) {
    const char *act = arguments->operands[0];
    struct ask ask;
    if (ask_start(&ask, arguments) < 0)
        return 1;
    if (strcmp(act, "list") != 0 && !ask.reach.socket) { /* its folder is the seed's machine's */
        ask_end(&ask);
        return command_refuse(arguments, "%s is for the seed's own machine: by --admin-socket", act);
    }
    int result = !strcmp(act, "list")  ? list(&ask, err)
                 : !strcmp(act, "add") ? add(&ask, arguments, err)
                                       : drop(&ask, arguments->operands[1], err);
    ask_end(&ask);
    return result < 0;
}

static bool no_seed_runs_here(const struct arguments *arguments) {
    struct error err = {0};
    struct reach reach;
    return reach_find(arguments, &reach, &err) < 0 && err.errnum == ENOENT && release_offline_here();
}

int seedctl_release(const struct arguments *arguments) {
    const char *act = arguments->operands[0];
    bool adds = !strcmp(act, "add");
    struct error err = {0};
    if (!strcmp(act, "list") != (arguments->n_operands == 1))
        return command_refuse(arguments, !strcmp(act, "list") ? "list takes no operand"
                                         : adds               ? "add wants the archive's FILE"
                                                              : "remove wants the release's NAME");
    if ((arguments->release_key || arguments->boot) && !adds)
        return command_refuse(arguments, "only add takes --release-key and --boot");
    int status = adds && no_seed_runs_here(arguments) ? add(NULL, arguments, &err) < 0 : with_seed(arguments, &err);
    if (err.message[0])
        error_report(&err, "seedctl");
    return status;
}
