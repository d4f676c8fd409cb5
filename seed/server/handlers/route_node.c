/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/nodes/{hostname}, for the operator: claim and role document of one machine, and whether the machine has that
 * document. */
#include "handlers.h"

#include "server/context/reply.h"

enum { NODE_REPLY_MAX = CATALOG_ROLE_MAX + 16 * 1024 };

static void add_claim(struct buf *json, const struct store_claim *claim) {
    char fingerprint[CLAIMS_FINGERPRINT_SIZE];
    claims_fingerprint(claim->key, fingerprint);
    buf_adds(json, "{\"uuid\":");
    reply_add_string(json, claim->uuid);
    buf_adds(json, ",\"serial\":");
    reply_add_string(json, claim->serial);
    buf_addf(
        json,
        ",\"fingerprint\":\"%s\",\"claimed_ms\":%lld,\"approved\":%s,\"denied\":%s,\"settled\":%s,\"disputed\":%s}",
        fingerprint, (long long)claim->claimed_ms, claim->approved ? "true" : "false", claim->denied ? "true" : "false",
        claim->kept ? "true" : "false", claim->disputed || claim->contested ? "true" : "false");
}

/* The ETag includes its quotes, so they are escaped. */
static void add_etag(struct buf *json, const char *etag) {
    buf_adds(json, etag[0] ? etag : "null");
}

enum MHD_Result route_node(struct request *request) {
    const struct server *server = request->server;
    const struct site_node *node = catalog_find_hostname(server->catalog, request->argument);
    struct error err = {0};
    if (!node)
        return reply_error(request, MHD_HTTP_NOT_FOUND, "unknown_node", "the site has no such node",
                           "GET /v1/nodes has the names");
    const struct store_claim *claim = claims_find_mac(&server->claims, node->mac);
    cleanup_buf struct buf json = BUF_INIT(NODE_REPLY_MAX);
    const struct buf *role;
    const char *etag;
    if (catalog_role(server->catalog, node, &role, &etag, &err) < 0)
        return reply_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "compose_failed", err.message, err.remedy);
    buf_adds(&json, "{\"hostname\":");
    reply_add_string(&json, node->hostname);
    buf_adds(&json, ",\"claim\":");
    if (claim)
        add_claim(&json, claim);
    else
        buf_adds(&json, "null");
    buf_adds(&json, ",\"role_etag\":");
    add_etag(&json, etag);
    buf_adds(&json, ",\"held_etag\":");
    add_etag(&json, claim ? claim->held : "");
    buf_adds(&json, ",\"role\":");
    buf_add(&json, buf_text(role), role->length);
    buf_adds(&json, "}");
    return reply_json(request, MHD_HTTP_OK, &json);
}
