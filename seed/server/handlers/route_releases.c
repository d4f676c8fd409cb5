/* SPDX-License-Identifier: Apache-2.0
 * GET and POST /v1/admin/releases, POST /v1/admin/releases/remove: which releases the seed has (docs/releases.md). */
#include "handlers.h"

#include "server/context/reply.h"
#include "server/decide/fields.h"
#include "server/state/release_files.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What machines have, or are to have. */
static bool is_in_use(const struct server *server, const char *name) {
    const char *lives = server_release(server);
    return !strcmp(catalog_site(server->catalog)->release, name) || (lives && !strcmp(lives, name)) ||
           !strcmp(server->maintenance.now.target, name);
}

enum MHD_Result route_releases_get(struct request *request) {
    const struct server *server = request->server;
    cleanup_buf struct buf json = BUF_INIT(RELEASE_TEXT_MAX);
    char artifacts[PATH_MAX];
    buf_adds(&json, "{\"artifacts\":");
    reply_add_string(&json, realpath(server->options->artifacts, artifacts) ? artifacts : "");
    buf_adds(&json, ",\"releases\":[");
    for (size_t i = 0; i < server->releases.n; i++) {
        const struct release *release = server->releases.list[i].release;
        buf_addf(&json, "%s{\"name\":\"%s\",\"added\":%s,\"in_use\":%s,\"layers\":[", i ? "," : "", release->name,
                 server->releases.list[i].added ? "true" : "false",
                 is_in_use(server, release->name) ? "true" : "false");
        for (size_t k = 0; k < release->n_layers; k++)
            buf_addf(&json, "%s\"%s\"", k ? "," : "", release->layers[k].sha256);
        buf_adds(&json, "]}");
    }
    buf_adds(&json, "]}");
    return reply_json(request, MHD_HTTP_OK, &json);
}

/* Machines that are given a layer must get it. */
static int check_layers(const struct server *server, const struct release *release, struct error *err) {
    char path[PATH_MAX];
    struct stat st;
    for (size_t i = 0; i < release->n_layers; i++) {
        const struct release_layer *layer = &release->layers[i];
        snprintf(path, sizeof(path), "%s/sha256/%s", server->options->artifacts, layer->sha256);
        if (stat(path, &st) == 0 && (uint64_t)st.st_size == layer->size)
            continue;
        error_set(err, EINVAL, "release `%s`: its layer `%s` is not in `%s`", release->name, layer->name, path);
        return error_remedy(err, "seedctl release add FILE puts it there");
    }
    return 0;
}

static enum MHD_Result refuse(struct request *request, const char *code, const struct error *err) {
    return reply_error(request, MHD_HTTP_CONFLICT, code, err->message, err->remedy);
}

enum MHD_Result route_releases_post(struct request *request) {
    static const char *const names[] = {"release", "layers", NULL};
    struct server *server = request->server;
    cleanup_json cJSON *tree = NULL;
    cleanup_buf struct buf text = BUF_INIT(RELEASE_TEXT_MAX);
    struct release *release = NULL;
    struct error err = {0};
    if (request_json(request, names, &tree, &err) < 0)
        return reply_invalid(request, &err);
    char *printed = cJSON_PrintUnformatted(tree);
    buf_adds(&text, printed ? printed : "");
    cJSON_free(printed);
    if (releases_parse(&text, &release, &err) < 0)
        return reply_invalid(request, &err);
    char name[MAINTENANCE_RELEASE_SIZE];
    snprintf(name, sizeof(name), "%s", release->name);
    enum MHD_Result result;
    if (check_layers(server, release, &err) < 0 || releases_check_new(&server->releases, release, &err) < 0)
        result = refuse(request, "release", &err);
    else if (server_audit(server, &err, "operator-release-add", name, "%zu layers", release->n_layers) < 0 ||
             release_files_keep(server->options->state, name, &text, &err) < 0)
        result = reply_store(request, &err);
    else {
        releases_take(&server->releases, release);
        return route_releases_get(request);
    }
    release_free(release);
    return result;
}

enum MHD_Result route_releases_remove(struct request *request) {
    static const char *const names[] = {"name", NULL};
    struct server *server = request->server;
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    const char *name;
    if (request_json(request, names, &tree, &err) < 0 ||
        fields_string(tree, "name", 1, MAINTENANCE_RELEASE_SIZE - 1, &name, &err) < 0)
        return reply_invalid(request, &err);
    if (is_in_use(server, name)) {
        error_set(&err, EBUSY, "`%s` is in use: the site, the cluster or an upgrade names it", name);
        error_remedy(&err, "seedctl upgrade leads to the site's release; what is left then may go");
        return refuse(request, "in_use", &err);
    }
    if (releases_check_removable(&server->releases, name, &err) < 0)
        return refuse(request, "release", &err);
    if (server_audit(server, &err, "operator-release-remove", name, "%s", "") < 0 ||
        release_files_drop(server->options->state, name, &err) < 0)
        return reply_store(request, &err);
    releases_drop(&server->releases, name);
    return route_releases_get(request);
}
