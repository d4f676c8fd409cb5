/* SPDX-License-Identifier: Apache-2.0
 * See registry_hosts.h. REGISTRIES/written is what was written last, and has no secret. */
#include "registry_hosts.h"
#include "decide/paths.h"
#include "render/hosts_toml.h"
#include "render/render.h"
#include "world/world.h"

#include "check.h"
#include "cleanup.h"
#include "file.h"
#include "json.h"
#include "log.h"
#include <dirent.h>
#include <errno.h>
#include <mbedtls/base64.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WRITTEN REGISTRIES "/written"
enum { TEXT_MAX = 1 << 20, LOGIN_MAX = 1024, PATH_MAX_HERE = 400 };

/* What the role document says of them, as one line. Empty: nothing. */
static int wanted_text(const struct agent *agent, struct buf *ret, struct error *err) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(agent->role->tree, "registries");
    if (!list || !agent->role->n_registries)
        return 0;
    char *text = cJSON_PrintUnformatted(list);
    if (text)
        buf_addf(ret, "%s %lld", text, (long long)agent->role->secrets_ms);
    cJSON_free(text);
    return !text || buf_failed(ret) ? error_errno(err, ENOMEM, "registries") : 0;
}

static int written_text(const struct agent *agent, struct buf *ret, struct error *err) {
    return agent->world->file_read(WRITTEN, ret, err) < 0 && err->errnum != ENOENT ? -1 : 0;
}

int registry_hosts_differ(struct agent *agent, struct error *err) {
    cleanup_buf struct buf wanted = BUF_INIT(TEXT_MAX), written = BUF_INIT(TEXT_MAX);
    if (wanted_text(agent, &wanted, err) < 0 || written_text(agent, &written, err) < 0)
        return -1;
    for (size_t i = 0; i < agent->role->n_registries; i++)
        if (!agent->world->registry_link_is_there(agent->role->registries[i].host))
            return 1; /* the machine started: /etc is as the layers have it */
    return strcmp(buf_text(&wanted), buf_text(&written)) != 0;
}

static int link_all(const struct agent *agent, struct error *err) {
    char folder[PATH_MAX_HERE];
    for (size_t i = 0; i < agent->role->n_registries; i++) {
        snprintf(folder, sizeof(folder), REGISTRIES "/%s", agent->role->registries[i].host);
        if (agent->world->registry_link_make(agent->role->registries[i].host, folder, err) < 0)
            return -1;
    }
    return 0;
}

/* Without the secret the registry is asked without a login: a pull fails and says so, and the machine is a node. False:
 * so it is. */
static bool take_login(struct agent *agent, const char *secret, char ret[static LOGIN_MAX]) {
    cleanup_json cJSON *answer = NULL;
    struct error err = {0};
    char path[96];
    size_t written;
    ret[0] = '\0';
    snprintf(path, sizeof(path), "/v1/secrets/%s", secret);
    int result = agent->world->seed_call(&agent->seed, "GET", path, NULL, 10, NULL, &answer, &err);
    cJSON *value = cJSON_GetObjectItemCaseSensitive(answer, "value");
    if (result == 0 && (!cJSON_IsString(value) || check_login(value->valuestring))) {
        error_set(&err, EINVAL, "secret `%s` is not USER:PASSWORD", secret);
        error_remedy(&err, "seedctl secret set %s", secret);
        result = -1;
    }
    if (result == 0)
        mbedtls_base64_encode((unsigned char *)ret, LOGIN_MAX, &written, (unsigned char *)value->valuestring,
                              strlen(value->valuestring));
    if (cJSON_IsString(value))
        explicit_bzero(value->valuestring, strlen(value->valuestring));
    if (result == 0)
        return true;
    error_code(&err, SR_REGISTRY);
    log_warning("registries: %s; %s", err.message, err.remedy);
    events_problem(agent, &(struct event){.step = "runtime", .state = "running"}, &err, false);
    return false;
}

static const struct registry_server *server_of(const struct registry *registry, size_t i) {
    return i ? &registry->mirrors[i - 1] : &registry->own;
}

static int write_hosts(struct agent *agent, const struct registry *registry, const char *folder, bool *ret_whole,
                       struct error *err) {
    char logins[1 + REGISTRY_MIRRORS_MAX][LOGIN_MAX], path[PATH_MAX_HERE];
    cleanup_buf struct buf text = BUF_INIT(65536);
    struct render_logins of = {{NULL}};
    for (size_t i = 0; i <= registry->n_mirrors; i++) {
        const struct registry_server *server = server_of(registry, i);
        bool had = server->secret && take_login(agent, server->secret, logins[i]);
        of.of[i] = had ? logins[i] : NULL;
        *ret_whole = *ret_whole && (had || !server->secret);
    }
    int result = render_hosts_toml(registry, folder, &of, &text, err);
    snprintf(path, sizeof(path), "%s/hosts.toml", folder);
    if (result == 0)
        result = agent->world->file_write(path, text.data, text.length, 0600, err);
    explicit_bzero(logins, sizeof(logins));
    if (text.data)
        explicit_bzero(text.data, text.length);
    return result;
}

static int write_registry(struct agent *agent, const struct registry *registry, bool *ret_whole, struct error *err) {
    char folder[PATH_MAX_HERE - 16], path[PATH_MAX_HERE], name[16];
    snprintf(folder, sizeof(folder), REGISTRIES "/%s", registry->host);
    if (agent->world->file_mkdirs(folder, 0700, err) < 0)
        return -1;
    for (size_t i = 0; i <= registry->n_mirrors; i++) {
        const char *ca = server_of(registry, i)->ca;
        render_authority(i, name);
        snprintf(path, sizeof(path), "%s/%s", folder, name);
        if (ca ? agent->world->file_write(path, ca, strlen(ca), 0600, err) < 0 : (unlink(path), false))
            return -1;
    }
    return write_hosts(agent, registry, folder, ret_whole, err);
}

static bool is_wanted(const struct role *role, const char *host) {
    for (size_t i = 0; i < role->n_registries; i++)
        if (!strcmp(role->registries[i].host, host))
            return true;
    return false;
}

/* Removes what lies in it; of one that stays, the rest of files that were being written when power was lost. */
static int clear_folder(const char *path, bool stays, struct error *err) {
    static const char rest[] = ".seedrack."; /* file_write() */
    const struct dirent *entry;
    int more;
    cleanup_closedir DIR *folder = opendir(path);
    if (!folder)
        return error_errno(err, errno, "open `%s`", path);
    while ((more = file_next_entry(folder, &entry, err)) > 0) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && (!stays || !strncmp(name, rest, strlen(rest))) &&
            unlinkat(dirfd(folder), name, 0) < 0)
            return error_errno(err, errno, "remove `%s/%s`", path, name);
    }
    return more;
}

/* The logins of those that the document no longer names leave the machine. The folders themselves are looked at: power
 * may have been lost between them and `written`. */
static int remove_others(const struct agent *agent, struct error *err) {
    cleanup_closedir DIR *folder = opendir(REGISTRIES);
    const struct dirent *entry;
    char path[PATH_MAX_HERE];
    int more;
    if (!folder)
        return errno == ENOENT ? 0 : error_errno(err, errno, "open `%s`", REGISTRIES);
    while ((more = file_next_entry(folder, &entry, err)) > 0) {
        bool stays = is_wanted(agent->role, entry->d_name);
        if (entry->d_type != DT_DIR || check_registry(entry->d_name))
            continue;
        snprintf(path, sizeof(path), REGISTRIES "/%.255s", entry->d_name);
        if (clear_folder(path, stays, err) < 0)
            return -1;
        if (!stays && agent->world->registry_link_remove(entry->d_name, path, err) < 0)
            return -1;
        if (!stays && rmdir(path) < 0)
            return error_errno(err, errno, "remove `%s`", path);
    }
    return more;
}

int registry_hosts_apply(struct agent *agent, struct error *err) {
    cleanup_buf struct buf wanted = BUF_INIT(TEXT_MAX), written = BUF_INIT(TEXT_MAX);
    if (wanted_text(agent, &wanted, err) < 0 || written_text(agent, &written, err) < 0)
        return -1;
    bool whole = true;
    if (!strcmp(buf_text(&wanted), buf_text(&written)))
        return link_all(agent, err);
    if (remove_others(agent, err) < 0)
        return -1;
    for (size_t i = 0; i < agent->role->n_registries; i++)
        if (write_registry(agent, &agent->role->registries[i], &whole, err) < 0)
            return error_wrap(err, "registry `%s`", agent->role->registries[i].host);
    if (link_all(agent, err) < 0)
        return -1;
    if (!agent->role->n_registries)
        return unlink(WRITTEN) < 0 && errno != ENOENT ? error_errno(err, errno, "remove `%s`", WRITTEN) : 0;
    if (!whole) /* the next look differs, and asks again */
        buf_clear(&wanted), buf_adds(&wanted, "without a login");
    return agent->world->file_mkdirs(REGISTRIES, 0700, err) < 0 ||
                   agent->world->file_write(WRITTEN, wanted.data, wanted.length, 0600, err) < 0
               ? -1
               : 0;
}
