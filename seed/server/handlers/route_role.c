/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/role: the machine's role document. Waits for a change when the machine already has the present one. */
#include "handlers.h"

#include "role.h"
#include "server/context/reply.h"
#include "server/decide/fields.h"
#include <errno.h>
#include <string.h>

/* Whether the seed composes a document that the agent reads. An agent that says nothing reads the oldest. */
static int check_version(const struct request *request, struct error *err) {
    const char *text = request_header(request, ROLE_VERSION_HEADER);
    int64_t version = ROLE_VERSION_OLDEST;
    if (text && (fields_number(text, INT32_MAX, &version, err) < 0 || version < ROLE_VERSION_OLDEST)) {
        error_set(err, EINVAL, "header " ROLE_VERSION_HEADER " `%.40s`: this seed composes versions %d to %d", text,
                  ROLE_VERSION_OLDEST, ROLE_VERSION);
        return error_remedy(err, "boot a newer version on this machine");
    }
    return 0;
}

/* What the machine will boot, while it is being upgraded: of the target alone. */
static enum MHD_Result reply_target(struct request *request, const char *release) {
    const struct maintenance *maintenance = &request->server->maintenance.now;
    cleanup_buf struct buf json = BUF_INIT(CATALOG_ROLE_MAX);
    char etag[CATALOG_ETAG_SIZE];
    struct error err = {0};
    if (strcmp(release, maintenance->target) != 0)
        return reply_error(request, MHD_HTTP_CONFLICT, "not_the_target", "no upgrade leads to that release",
                           "GET /v1/maintenance has the target");
    if (catalog_role_with(request->server->catalog, request->node, release, &json, etag, &err) < 0)
        return reply_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "compose_failed", err.message, err.remedy);
    return reply_body(request, MHD_HTTP_OK, "application/json", &json, etag);
}

enum MHD_Result route_role(struct request *request) {
    struct error err = {0};
    int64_t wait_ms;
    const char *etag = catalog_etag(request->server->catalog, request->node, &err);
    const char *have = request_header(request, "If-None-Match");
    if (!etag)
        return reply_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "compose_failed", err.message, err.remedy);
    if (check_version(request, &err) < 0 || request_wait_ms(request, &wait_ms, &err) < 0)
        return reply_invalid(request, &err);
    const char *release = request_query(request, "release");
    if (release)
        return reply_target(request, release);
    bool same = have && request_has_etag(request, etag);
    if (have)
        claims_hold(&request->server->claims, request->node->mac, same ? etag : have);
    if (same) {
        if (request_suspend(request, TOPIC_ROLE, wait_ms))
            return MHD_YES;
        return reply_empty(request, MHD_HTTP_NOT_MODIFIED, etag);
    }
    const struct buf *role;
    cleanup_buf struct buf json = BUF_INIT(CATALOG_ROLE_MAX);
    if (catalog_role(request->server->catalog, request->node, &role, &etag, &err) < 0)
        return reply_error(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "compose_failed", err.message, err.remedy);
    buf_add(&json, buf_text(role), role->length);
    claims_hold(&request->server->claims, request->node->mac, etag);
    return reply_body(request, MHD_HTTP_OK, "application/json", &json, etag);
}
