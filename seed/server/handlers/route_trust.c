/* SPDX-License-Identifier: Apache-2.0
 * GET /v1/trust: the site's authority, and the port for TLS. It comes by plain HTTP, but a machine checks it against
 * the pin on its kernel command line. */
#include "handlers.h"

#include "server/context/reply.h"

enum MHD_Result route_trust(struct request *request) {
    const struct tls *tls = &request->server->tls;
    if (!tls->port)
        return reply_error(request, MHD_HTTP_NOT_FOUND, "no_tls", "this seed speaks no TLS",
                           "start it with --pki, or boot an image without seedrack.ca");
    cleanup_buf struct buf json = BUF_INIT(32 * 1024);
    buf_addf(&json, "{\"port\":%u,\"ca\":", tls->port);
    reply_add_string(&json, tls->authority);
    buf_adds(&json, "}");
    return reply_json(request, MHD_HTTP_OK, &json);
}
