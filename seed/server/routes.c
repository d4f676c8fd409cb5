/* SPDX-License-Identifier: Apache-2.0
 * See routes.h. */
#include "routes.h"
#include "handlers/handlers.h"
#include "context/access.h"

#include "server/decide/origin.h"
#include "server/context/reply.h"
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const struct route routes[] = {
    {"GET", "/v1/trust", route_trust, ROUTE_PLAIN, {NULL}},
    {"POST", "/v1/claim", route_claim, 0, {NULL}},
    {"POST", "/v1/claim/kept", route_claim_kept, ROUTE_CLAIM, {NULL}},
    {"GET", "/v1/role", route_role, ROUTE_CLAIM, {"wait", "release"}},
    {"GET", "/v1/passwords", route_passwords, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_KEPT, {NULL}},
    {"GET",
     "/v1/bootstrap",
     route_bootstrap_get,
     ROUTE_CLAIM,
     {"version", "wait", "seen_epoch", "seen_token", "seen_ca_hash"}},
    {"POST", "/v1/bootstrap/*", route_bootstrap_post, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_KEPT, {NULL}},
    {"POST", "/v1/proofs", route_proofs_post, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_KEPT, {NULL}},
    {"GET", "/v1/proofs", route_proofs_get, ROUTE_ADMIN, {NULL}},
    {"POST", "/v1/tickets", route_ticket_ask, ROUTE_CLAIM | ROUTE_KEPT, {NULL}},
    {"GET", "/v1/tickets/pending", route_ticket_pending, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_KEPT, {"wait"}},
    {"GET", "/v1/tickets/*", route_ticket_get, ROUTE_CLAIM | ROUTE_KEPT, {"wait"}},
    {"GET", "/v1/tickets/*/state", route_ticket_state, ROUTE_CLAIM | ROUTE_MASTER, {NULL}},
    {"PUT", "/v1/tickets/*", route_ticket_put, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_KEPT, {NULL}},
    {"POST", "/v1/tickets/*/done", route_ticket_done, ROUTE_CLAIM, {NULL}},
    {"POST", "/v1/wipe", route_wipe, ROUTE_CLAIM, {NULL}},
    {"POST", "/v1/wipe/done", route_wipe_done, ROUTE_CLAIM, {NULL}},
    {"GET", "/v1/maintenance", route_maintenance_get, ROUTE_CLAIM, {"version", "wait"}},
    {"POST", "/v1/maintenance/*", route_maintenance_post, ROUTE_CLAIM | ROUTE_KEPT, {NULL}},
    {"GET", "/v1/labels", route_labels, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_KEPT, {"version", "wait"}},
    {"GET", "/v1/backup", route_backup_ask, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_KEPT, {"wait"}},
    {"POST", "/v1/backup/failed", route_backup_failed, ROUTE_CLAIM | ROUTE_MASTER, {NULL}},
    {"GET", "/v1/backup/seed/*", route_backup_seed, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_KEPT, {NULL}},
    {"POST", "/v1/backup/brought", route_backup_brought, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_KEPT, {NULL}},
    {"GET", "/v1/secrets/*", route_secret_take, ROUTE_CLAIM | ROUTE_KEPT, {NULL}},
    {"PUT",
     "/v1/backups/*",
     route_backup_put,
     ROUTE_CLAIM | ROUTE_MASTER | ROUTE_KEPT | ROUTE_UPLOAD,
     {"sha256", "revision"}},
    {"GET", "/v1/admin/backups", route_backup_list, ROUTE_ADMIN, {NULL}},
    {"POST", "/v1/admin/backup", route_backup_want, ROUTE_ADMIN, {NULL}},
    {"GET", "/v1/restore", route_restore_get, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_KEPT, {"wait"}},
    {"POST", "/v1/restore", route_restore_key, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_KEPT, {NULL}},
    {"GET", "/v1/admin/restore", route_restore_look, ROUTE_ADMIN, {"seen", "wait"}},
    {"POST", "/v1/admin/restore", route_restore_open, ROUTE_ADMIN, {NULL}},
    {"PUT", "/v1/admin/restore", route_restore_put, ROUTE_ADMIN | ROUTE_UPLOAD, {"sha256"}},
    {"POST", "/v1/standing", route_status, ROUTE_CLAIM | ROUTE_MASTER, {NULL}},
    {"POST", "/v1/events", route_events_post, ROUTE_CLAIM, {NULL}},
    {"GET", "/v1/events", route_events_get, 0, {"since", "wait"}},
    {"GET", "/v1/nodes", route_nodes, 0, {NULL}},
    {"GET", "/v1/nodes/*", route_node, ROUTE_ADMIN, {NULL}},
    {"GET", "/v1/rack", route_rack, 0, {NULL}},
    {"GET", "/artifacts/sha256/*", route_artifact, ROUTE_PLAIN, {NULL}},
    {"GET", "/boot/*", route_boot_file, ROUTE_PLAIN, {NULL}},
    {"GET", "/boot.ipxe", route_boot_script, ROUTE_PLAIN, {"mac", "uuid", "serial"}},
    {"GET", "/healthz", route_healthz, ROUTE_PLAIN, {NULL}},
    {"GET", "/metrics", route_metrics, 0, {NULL}},
    {"GET", "/", route_dashboard, 0, {NULL}},
    {"GET", "/dashboard/*", route_dashboard_file, 0, {NULL}},
    {"GET", "/v1/admin/releases", route_releases_get, ROUTE_ADMIN, {NULL}},
    {"POST", "/v1/admin/releases", route_releases_post, ROUTE_ADMIN, {NULL}},
    {"POST", "/v1/admin/releases/remove", route_releases_remove, ROUTE_ADMIN, {NULL}},
    {"GET", "/v1/admin/secrets", route_secrets_list, ROUTE_ADMIN, {NULL}},
    {"POST", "/v1/admin/secrets", route_secrets_set, ROUTE_ADMIN, {NULL}},
    {"POST", "/v1/admin/secrets/remove", route_secrets_remove, ROUTE_ADMIN, {NULL}},
    {"GET", "/v1/admin/maintenance", route_maintenance_get, ROUTE_ADMIN, {"version", "wait"}},
    {"POST", "/v1/admin/*", route_admin, ROUTE_ADMIN, {NULL}},
};
enum { N_ROUTES = sizeof(routes) / sizeof(routes[0]) };

/* Matches `path` against `pattern`; `*` is one non-empty segment that fits the argument. */
static bool matches(const char *pattern, const char *path, char ret_argument[REQUEST_ARGUMENT_SIZE]) {
    for (; *pattern; pattern++) {
        if (*pattern != '*') {
            if (*pattern != *path++)
                return false;
            continue;
        }
        size_t n = strcspn(path, "/");
        if (n == 0 || n >= REQUEST_ARGUMENT_SIZE)
            return false;
        snprintf(ret_argument, REQUEST_ARGUMENT_SIZE, "%.*s", (int)n, path);
        path += n;
    }
    return *path == '\0';
}

/* The methods that the path has, "GET, HEAD" (RFC 9110, 10.2.1); "": there is no such path. */
static void methods_of(const char *path, struct buf *ret) {
    char argument[REQUEST_ARGUMENT_SIZE];
    for (size_t i = 0; i < N_ROUTES; i++)
        if (matches(routes[i].path, path, argument))
            buf_addf(ret, "%s%s%s", ret->length ? ", " : "", routes[i].method,
                     strcmp(routes[i].method, "GET") ? "" : ", HEAD");
}

static enum MHD_Result reply_unrouted(struct request *request) {
    cleanup_buf struct buf methods = BUF_INIT(128);
    char message[256];
    snprintf(message, sizeof(message), "%.16s %.128s", request->method, request->path);
    methods_of(request->path, &methods);
    if (!methods.length)
        return reply_error(request, MHD_HTTP_NOT_FOUND, "not_found", message, "see docs/api.md");
    request->allow = buf_text(&methods);
    enum MHD_Result result =
        reply_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed", message, "see docs/api.md");
    request->allow = NULL;
    return result;
}

struct query_check {
    const char *const *names;
    const char *unknown;
};

static enum MHD_Result check_query_name(void *context, enum MHD_ValueKind kind, const char *key, const char *value) {
    struct query_check *check = context;
    (void)kind;
    (void)value;
    for (const char *const *name = check->names; *name; name++)
        if (!strcmp(*name, key))
            return MHD_YES;
    check->unknown = key;
    return MHD_NO;
}

/* 0, or -1 with the error set. */
static int check_query(const struct request *request, struct error *err) {
    struct query_check check = {.names = request->route->query};
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, check_query_name, &check);
    if (!check.unknown)
        return 0;
    const char *near = json_nearest(check.unknown, check.names);
    error_set(err, -1, "query `%.64s` is not known here", check.unknown);
    return near ? error_remedy(err, "did you mean `%s`?", near) : error_remedy(err, "leave it out");
}

/* Looks up the claim and its machine on every call: claims may be forgotten and the site may change. By TLS the
 * connection's key must be the claim's. */
static bool identify(struct request *request) {
    const char *claim = request_header(request, "Seedrack-Claim");
    request->claim = claim ? claims_find(&request->server->claims, claim) : NULL;
    if (request->claim && request->channel == CHANNEL_TLS && strcmp(request->claim->key, request->peer.key) != 0)
        request->claim = NULL;
    request->node = request->claim ? site_find_mac(catalog_site(request->server->catalog), request->claim->mac) : NULL;
    return request->claim != NULL;
}

/* With TLS, plain HTTP serves only what needs no secrecy; machines must use TLS. */
static bool channel_fits(const struct request *request) {
    unsigned needs = request->route->needs;
    if (!request->server->tls.port || request->channel == CHANNEL_TLS)
        return true;
    return request->channel == CHANNEL_ADMIN ? !(needs & ROUTE_CLAIM) : (needs & ROUTE_PLAIN) != 0;
}

/* Pods of the finished cluster get nothing from the seed. A pod behind its node's address lacks the node's key
 * (docs/tls.md). */
static bool is_from_a_pod(const struct request *request) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *from = info ? info->client_addr : NULL;
    struct in_addr address;
    if (from && from->sa_family == AF_INET)
        address = ((const struct sockaddr_in *)from)->sin_addr;
    else if (from && from->sa_family == AF_INET6 &&
             IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)from)->sin6_addr))
        memcpy(&address, &((const struct sockaddr_in6 *)from)->sin6_addr.s6_addr[12], sizeof(address));
    else
        return false;
    return net_cidr_contains(&catalog_site(request->server->catalog)->pod_subnet, address);
}

/* Why a request is not served; status 0: it is. */
struct refusal {
    unsigned status;
    const char *code, *message, *remedy;
};
static const struct refusal admitted = {0};

/* Who asks, and by which way. */
static struct refusal check_caller(const struct request *request) {
    unsigned needs = request->route->needs;
    if (is_from_a_pod(request))
        return (struct refusal){MHD_HTTP_FORBIDDEN, "pod", "the seed does not speak to pods",
                                "ask from a host of the provisioning network"};
    if ((needs & ROUTE_ADMIN) && !access_operator(request) && request->peer.operator_generation > 0)
        return (struct refusal){MHD_HTTP_FORBIDDEN, "old_generation",
                                "the operator's certificate is of an older generation than the site wants",
                                "use the one that seedctl init --renew made last (docs/tls.md)"};
    if ((needs & ROUTE_ADMIN) && !access_operator(request))
        return (struct refusal){MHD_HTTP_FORBIDDEN, "admin_only", "admin calls are the operator's",
                                "use the admin socket on the seed's own machine (curl --unix-socket STATE/admin.sock), "
                                "or TLS with the operator's certificate"};
    if ((needs & ROUTE_ADMIN) && !access_same_site(request))
        return (struct refusal){
            MHD_HTTP_FORBIDDEN, "cross_site", "another page's call is not the operator's",
            "use the seed's own page; a forwarded admin socket is http://127.0.0.1 or http://localhost"};
    if (!channel_fits(request))
        return (struct refusal){MHD_HTTP_FORBIDDEN, "tls_only", "this seed answers that by TLS alone",
                                "boot an image made for this site: its kernel command line has seedrack.ca"};
    return admitted;
}

/* What a call needs that only a machine of the site may make. */
static struct refusal check_machine(struct request *request) {
    if (!identify(request))
        return (struct refusal){MHD_HTTP_UNAUTHORIZED, "unknown_claim",
                                request->channel == CHANNEL_TLS
                                    ? "header Seedrack-Claim is missing, or its claim is not of this key"
                                    : "header Seedrack-Claim is missing or names no claim",
                                "POST /v1/claim again"};
    if (request->claim->retired)
        return (struct refusal){MHD_HTTP_FORBIDDEN, "retired", "this machine is retired",
                                "seedctl approve it, if it is to join again, as a new machine"};
    if (request->claim->denied)
        return (struct refusal){MHD_HTTP_FORBIDDEN, "denied", "the operator denied this machine",
                                "seedctl forget, if that was a mistake; the machine claims again by itself"};
    if (!access_approved(request, request->claim))
        return (struct refusal){MHD_HTTP_FORBIDDEN, "not_approved", "this machine waits for the operator's approval",
                                "compare the fingerprint on its console, then seedctl approve"};
    if (!request->node)
        return (struct refusal){MHD_HTTP_NOT_FOUND, "unknown_mac", "this machine left the site document",
                                "add a node with its MAC to the site document"};
    if ((request->route->needs & ROUTE_MASTER) && request->node->role != NODE_MASTER)
        return (struct refusal){MHD_HTTP_FORBIDDEN, "masters_only", "only masters may do this",
                                "give the machine the role master in the site document"};
    const struct claim_facts facts = claims_facts(request->claim);
    if (claim_standing(&facts, access_claim_channel(request)) != CLAIM_CONTESTED)
        connection_limits_know(request->connection);
    return admitted;
}

static struct refusal check_request(struct request *request) {
    struct refusal refusal = check_caller(request);
    return refusal.status || !(request->route->needs & ROUTE_CLAIM) ? refusal : check_machine(request);
}

static const struct route *find_route(struct request *request) {
    const char *method = !strcmp(request->method, "HEAD") ? "GET" : request->method;
    for (size_t i = 0; i < N_ROUTES; i++)
        if (!strcmp(method, routes[i].method) && matches(routes[i].path, request->path, request->argument))
            return &routes[i];
    return NULL;
}

enum MHD_Result routes_too_large(struct request *request) {
    char message[64];
    snprintf(message, sizeof(message), "the body is larger than %zu KiB", request->body_max / 1024);
    return reply_error(request, MHD_HTTP_CONTENT_TOO_LARGE, "too_large",
                       request->body_max ? message : "this call takes no body", "send less at a time");
}

/* A new request of the key that a claim had before. One that waited when the key was replaced does not count: its
 * machine may have lost its power meanwhile. */
static void hear_replaced_key(struct request *request) {
    const struct store_claim *claim =
        request->channel == CHANNEL_TLS && catalog_site(request->server->catalog)->enrol != ENROL_OPEN
            ? claims_find_replaced(&request->server->claims, request->peer.key)
            : NULL;
    if (claim)
        access_contest(request, claim);
}

static bool upload_is_expected(const struct request *request) {
    return request->route->handle == route_restore_put ? restore_is_expected(request) : backup_is_expected(request);
}

void routes_find(struct request *request) {
    hear_replaced_key(request);
    request->route = find_route(request);
    struct error err = {0};
    if (!request->route || !strcmp(request->route->method, "GET") || check_request(request).status)
        request->body_max = 0;
    else if (request->route->needs & ROUTE_UPLOAD)
        request->upload =
            upload_is_expected(request)
                ? upload_new(&request->server->backups, request->argument[0] ? request->argument : "restore", &err)
                : NULL;
    else
        request->body_max = request->route->handle == route_claim ? ROUTE_CLAIM_BODY_MAX : REQUEST_BODY_MAX;
}

enum MHD_Result routes_dispatch(struct request *request) {
    struct error err = {0};
    if (!request->route)
        return reply_unrouted(request);
    const struct refusal refusal = check_request(request);
    if (refusal.status)
        return reply_error(request, refusal.status, refusal.code, refusal.message, refusal.remedy);
    if (request->too_large)
        return routes_too_large(request);
    if (check_query(request, &err) < 0)
        return reply_invalid(request, &err);
    if (request->route->needs & ROUTE_KEPT) {
        const struct claim_facts facts = claims_facts(request->claim);
        enum claim_standing standing = claim_standing(&facts, access_claim_channel(request));
        if (standing != CLAIM_MAY)
            return access_refuse(request, standing);
    }
    return request->route->handle(request);
}
