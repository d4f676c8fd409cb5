/* SPDX-License-Identifier: Apache-2.0
 * GET / and GET /dashboard/{file}: the dashboard, a static page that knows nothing of the site. It gets its data by the
 * same API as everybody else (docs/dashboard.md). */
#include "handlers.h"

#include "assets.h"
#include "hex.h"
#include "server/context/reply.h"
#include <openssl/evp.h>
#include <string.h>

/* Forbids inline scripts and styles, other sites' files, and framing. Text never becomes markup (trusted types). blob:
 * is for the picture that the page makes of its timeline. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types "
    "'none'";

static const char *const headers[][2] = {
    {"Content-Security-Policy", policy},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    {"Cache-Control", "no-cache"},
};

enum { ETAG_SIZE = 2 + 64 + 1 };

static bool etag_of(const struct asset *asset, char ret[static ETAG_SIZE]) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_Digest(asset->start, (size_t)(asset->end - asset->start), hash, &length, EVP_sha256(), NULL) != 1 ||
        length != 32)
        return false;
    ret[0] = '"';
    hex_encode(hash, length, ret + 1);
    memcpy(ret + 65, "\"", 2);
    return true;
}

static enum MHD_Result reply_asset(struct request *request, const struct asset *asset) {
    char etag[ETAG_SIZE];
    if (!etag_of(asset, etag))
        return MHD_NO;
    bool same = request_has_etag(request, etag);
    struct MHD_Response *response = MHD_create_response_from_buffer(same ? 0 : (size_t)(asset->end - asset->start),
                                                                    (void *)asset->start, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", asset->type);
    MHD_add_response_header(response, "ETag", etag);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
    return reply_send(request, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response);
}

enum MHD_Result route_dashboard(struct request *request) {
    return reply_asset(request, asset_find("index.html"));
}

enum MHD_Result route_dashboard_file(struct request *request) {
    const struct asset *asset = asset_find(request->argument);
    if (!asset)
        return reply_error(request, MHD_HTTP_NOT_FOUND, "not_found", "the dashboard has no such file",
                           "it begins at /");
    return reply_asset(request, asset);
}
