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
    {"GET", "/v1/role", route_role, ROUTE_CLAIM, {"wait"}},
    {"GET", "/v1/passwords", route_passwords, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_SETTLES, {NULL}},
    {"GET",
     "/v1/bootstrap",
     route_bootstrap_get,
     ROUTE_CLAIM,
     {"version", "wait", "seen_epoch", "seen_token", "seen_ca_hash"}},
    {"POST", "/v1/bootstrap/*", route_bootstrap_post, ROUTE_CLAIM | ROUTE_MASTER | ROUTE_SETTLES, {NULL}},
    {"POST", "/v1/tickets", route_ticket_ask, ROUTE_CLAIM | ROUTE_SETTLES, {NULL}},
    {"GET", "/v1/tickets/pending", route_ticket_pending, ROUTE_CLAIM | ROUTE_MASTER, {"wait"}},
    {"GET", "/v1/tickets/*", route_ticket_get, ROUTE_CLAIM, {"wait"}},
    {"GET", "/v1/tickets/*/state", route_ticket_state, ROUTE_CLAIM | ROUTE_MASTER, {NULL}},
    {"PUT", "/v1/tickets/*", route_ticket_put, ROUTE_CLAIM | ROUTE_MASTER, {NULL}},
    {"POST", "/v1/tickets/*/done", route_ticket_done, ROUTE_CLAIM, {NULL}},
    {"POST", "/v1/wipe", route_wipe, ROUTE_CLAIM, {NULL}},
    {"POST", "/v1/wipe/done", route_wipe_done, ROUTE_CLAIM, {NULL}},
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

static enum MHD_Result reply_unrouted(struct request *request, bool path_known) {
    char message[256];
    snprintf(message, sizeof(message), "%.16s %.128s", request->method, request->path);
    if (path_known)
        return reply_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed", message, "see docs/api.md");
    return reply_error(request, MHD_HTTP_NOT_FOUND, "not_found", message, "see docs/api.md");
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
    if (request->claim)
        connection_limits_know(request->connection);
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

static enum MHD_Result handle(struct request *request) {
    unsigned needs = request->route->needs;
    struct error err = {0};
    if (is_from_a_pod(request))
        return reply_error(request, MHD_HTTP_FORBIDDEN, "pod", "the seed does not speak to pods",
                           "ask from a host of the provisioning network");
    if ((needs & ROUTE_ADMIN) && !access_operator(request))
        return reply_error(request, MHD_HTTP_FORBIDDEN, "admin_only", "admin calls are the operator's",
                           "use the admin socket on the seed's own machine (curl --unix-socket STATE/admin.sock), or "
                           "TLS with the operator's certificate");
    if ((needs & ROUTE_ADMIN) && !access_same_site(request))
        return reply_error(request, MHD_HTTP_FORBIDDEN, "cross_site", "another page's call is not the operator's",
                           "use the seed's own page; a forwarded admin socket is http://127.0.0.1 or http://localhost");
    if (!channel_fits(request))
        return reply_error(request, MHD_HTTP_FORBIDDEN, "tls_only", "this seed answers that by TLS alone",
                           "boot an image made for this site: its kernel command line has seedrack.ca");
    if ((needs & ROUTE_CLAIM) && !identify(request))
        return reply_error(request, MHD_HTTP_UNAUTHORIZED, "unknown_claim",
                           request->channel == CHANNEL_TLS
                               ? "header Seedrack-Claim is missing, or its claim is not of this key"
                               : "header Seedrack-Claim is missing or names no claim",
                           "POST /v1/claim again");
    if ((needs & ROUTE_CLAIM) && request->claim->denied)
        return reply_error(request, MHD_HTTP_FORBIDDEN, "denied", "the operator denied this machine",
                           "seedctl forget, if that was a mistake; the machine claims again by itself");
    if ((needs & ROUTE_CLAIM) && !access_approved(request, request->claim))
        return reply_error(request, MHD_HTTP_FORBIDDEN, "not_approved",
                           "this machine waits for the operator's approval",
                           "compare the fingerprint on its console, then seedctl approve");
    if ((needs & ROUTE_CLAIM) && !request->node)
        return reply_error(request, MHD_HTTP_NOT_FOUND, "unknown_mac", "this machine left the site document",
                           "add a node with its MAC to the site document");
    if ((needs & ROUTE_MASTER) && request->node->role != NODE_MASTER)
        return reply_error(request, MHD_HTTP_FORBIDDEN, "masters_only", "only masters may do this",
                           "give the machine the role master in the site document");
    if (check_query(request, &err) < 0)
        return reply_invalid(request, &err);
    if ((needs & ROUTE_SETTLES) && request->channel == CHANNEL_TLS &&
        claims_settle(&request->server->claims, request->node->mac, &err) < 0)
        return reply_store(request, &err);
    return request->route->handle(request);
}

enum MHD_Result routes_dispatch(struct request *request) {
    const char *method = !strcmp(request->method, "HEAD") ? "GET" : request->method;
    bool path_known = false;
    for (size_t i = 0; i < N_ROUTES && !request->route; i++) {
        if (!matches(routes[i].path, request->path, request->argument))
            continue;
        path_known = true;
        if (!strcmp(method, routes[i].method))
            request->route = &routes[i];
    }
    return request->route ? handle(request) : reply_unrouted(request, path_known);
}
