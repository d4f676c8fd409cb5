/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/secrets/NAME: a machine takes a secret that its role names. GET and POST /v1/admin/secrets, POST
 * /v1/admin/secrets/remove: the operator sees the names, sets one, removes one. A secret is never shown to the operator
 * again, and is in no log. */
#include "handlers.h"

#include "check.h"
#include "log.h"
#include "server/context/reply.h"
#include "server/decide/fields.h"
#include "server/store/secrets.h"
#include "site/secrets.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *state_of(const struct request *request) {
    return request->server->options->state;
}

static void wipe(struct buf *text) {
    if (text->data)
        explicit_bzero(text->data, text->length);
}

enum MHD_Result route_secret_take(struct request *request) {
    cleanup_buf struct buf value = BUF_INIT(SECRET_MAX + 1), json = BUF_INIT(8 * SECRET_MAX);
    struct error err = {0};
    if (!site_uses_secret(catalog_site(request->server->catalog), request->node, request->argument))
        return reply_error(request, MHD_HTTP_FORBIDDEN, "not_named", "the role of this machine names no such secret",
                           "name it in the site document");
    if (request->channel != CHANNEL_TLS)
        return reply_error(request, MHD_HTTP_FORBIDDEN, "tls_only", "secrets are sent by TLS alone",
                           "boot an image made for this site: its kernel command line has seedrack.ca");
    if (secrets_read(state_of(request), request->argument, &value, &err) < 0) {
        wipe(&value);
        return err.errnum == ENOENT ? reply_error(request, MHD_HTTP_NOT_FOUND, "no_secret", err.message, err.remedy)
                                    : reply_store(request, &err);
    }
    buf_adds(&json, "{\"value\":");
    reply_add_string(&json, buf_text(&value));
    buf_adds(&json, "}");
    wipe(&value);
    return reply_json(request, MHD_HTTP_OK, &json);
}

/* By a machine, or by the seed itself. */
static bool is_used(const struct site *site, const char *name) {
    return site_uses_secret(site, NULL, name) || site_powers_by_secret(site, name);
}

struct listing {
    struct buf *json;
    const struct site *site;
    const char *separator;
};

static void add_one(void *context, const char *name, int64_t set_ms) {
    struct listing *listing = context;
    buf_addf(listing->json, "%s{\"name\":\"%s\",\"set_ms\":%lld,\"used\":%s}", listing->separator, name,
             (long long)set_ms, is_used(listing->site, name) ? "true" : "false");
    listing->separator = ",";
}

enum MHD_Result route_secrets_list(struct request *request) {
    cleanup_buf struct buf json = BUF_INIT(SECRETS_MAX * 160);
    struct listing listing = {&json, catalog_site(request->server->catalog), ""};
    struct error err = {0};
    buf_adds(&json, "{\"secrets\":[");
    if (secrets_each(state_of(request), add_one, &listing, &err) < 0)
        return reply_store(request, &err);
    buf_adds(&json, "]}");
    return reply_json(request, MHD_HTTP_OK, &json);
}

/* Those whose role names it take the new one. */
static void tell_machines(struct server *server) {
    catalog_look_at_secrets(server->catalog);
    requests_wake(server, TOPIC_BACKUP | TOPIC_ROLE);
}

static enum MHD_Result set(struct request *request, const char *name, const char *value) {
    struct error err = {0};
    const char *wrong = check_label(name);
    if (wrong) {
        error_set(&err, EINVAL, "name `%.64s` is not %s", name, wrong);
        return reply_invalid(request, &err);
    }
    if (check_secret(value)) {
        error_set(&err, EINVAL, "the secret `%s` is not %s", name, check_secret(value));
        return reply_invalid(request, &err);
    }
    const struct site *site = catalog_site(request->server->catalog);
    if (!site->seed_ca && !site_powers_by_secret(site, name))
        return reply_error(request, MHD_HTTP_CONFLICT, "no_tls",
                           "the site has no `network.seed_ca`: a secret would go "
                           "over the wire in clear",
                           "make certificates by seedctl init, and write seed_ca into the site document");
    if (server_audit(request->server, &err, "operator-secret", "", "%s is set", name) < 0 ||
        secrets_set(state_of(request), name, value, &err) < 0)
        return err.errnum == EDQUOT ? reply_error(request, MHD_HTTP_CONFLICT, "too_many", err.message,
                                                  "seedctl secret remove one that no site names")
                                    : reply_store(request, &err);
    if (!request->server->backups.trips[BACKUP_S3].under_way)
        request->server->backups.trips[BACKUP_S3].begun_ms = 0; /* the one before may have been wrong */
    tell_machines(request->server);
    cleanup_buf struct buf json = BUF_INIT(64);
    buf_addf(&json, "{\"state\":\"set\",\"used\":%s}", is_used(site, name) ? "true" : "false");
    return reply_json(request, MHD_HTTP_OK, &json);
}

enum MHD_Result route_secrets_set(struct request *request) {
    static const char *const names[] = {"name", "value", NULL};
    cleanup_json cJSON *tree = NULL;
    const char *name, *value;
    struct error err = {0};
    if (request_json(request, names, &tree, &err) < 0 || fields_string(tree, "name", 1, 255, &name, &err) < 0 ||
        fields_string(tree, "value", 1, SECRET_MAX, &value, &err) < 0)
        return reply_invalid(request, &err);
    enum MHD_Result result = set(request, name, value);
    explicit_bzero((char *)value, strlen(value));
    return result;
}

enum MHD_Result route_secrets_remove(struct request *request) {
    static const char *const names[] = {"name", NULL};
    cleanup_json cJSON *tree = NULL;
    const char *name;
    struct error err = {0};
    if (request_json(request, names, &tree, &err) < 0 || fields_string(tree, "name", 1, 63, &name, &err) < 0)
        return reply_invalid(request, &err);
    if (server_audit(request->server, &err, "operator-secret", "", "%s is removed", name) < 0)
        return reply_store(request, &err);
    if (secrets_remove(state_of(request), name, &err) < 0)
        return err.errnum == ENOENT   ? reply_error(request, MHD_HTTP_NOT_FOUND, "no_secret", err.message, err.remedy)
               : err.errnum == EINVAL ? reply_invalid(request, &err)
                                      : reply_store(request, &err);
    tell_machines(request->server);
    cleanup_buf struct buf json = BUF_INIT(64);
    buf_adds(&json, "{\"state\":\"removed\"}");
    return reply_json(request, MHD_HTTP_OK, &json);
}
