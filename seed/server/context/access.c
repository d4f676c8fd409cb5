/* SPDX-License-Identifier: Apache-2.0
 * See access.h. */
#include "access.h"
#include "server/decide/origin.h"

#include <string.h>

bool access_operator(const struct request *request) {
    return request->channel == CHANNEL_ADMIN || (request->channel == CHANNEL_TLS && request->peer.operator);
}

bool access_same_site(const struct request *request) {
    const struct origin origin = {.host = request->host[0] ? request->host : NULL,
                                  .origin = request_header(request, "Origin"),
                                  .sec_fetch_site = request_header(request, "Sec-Fetch-Site"),
                                  .content_type = request_header(request, "Content-Type"),
                                  .writes = strcmp(request->method, "GET") && strcmp(request->method, "HEAD"),
                                  .loopback = request->channel == CHANNEL_ADMIN};
    return origin_fits(&origin);
}

bool access_operator_here(const struct request *request) {
    return access_operator(request) && access_same_site(request);
}

bool access_approved(const struct request *request, const struct store_claim *claim) {
    return catalog_site(request->server->catalog)->enrol != ENROL_APPROVE || claim->approved;
}
