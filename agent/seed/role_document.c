/* SPDX-License-Identifier: Apache-2.0
 * See role_document.h. */
#include "role_document.h"
#include "request.h"

#include "role.h"

#include <errno.h>
#include <stdio.h>

int role_document_fetch(struct seed_client *client, char etag[static ROLE_ETAG_SIZE], unsigned wait_s,
                        bool *ret_changed, struct buf *ret_text, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    char path[64], match[128], version[64];
    snprintf(version, sizeof(version), ROLE_VERSION_HEADER ": %d", ROLE_VERSION);
    snprintf(path, sizeof(path), "/v1/role?wait=%u", wait_s);
    snprintf(match, sizeof(match), "If-None-Match: %s", etag);
    struct http_options options = {.timeout_s = wait_s + 5, .headers = {version, etag[0] ? match : NULL}};
    if (seed_request_known(client, "GET", path, &options, &reply, err) < 0)
        return -1;
    *ret_changed = reply.status == 200;
    if (reply.status == 304)
        return 0;
    if (reply.status != 200)
        return seed_refused("GET", "/v1/role", &reply, err);
    buf_add(ret_text, buf_text(&reply.body), reply.body.length);
    snprintf(etag, ROLE_ETAG_SIZE, "%s", reply.etag);
    return buf_failed(ret_text) ? error_errno(err, EFBIG, "seed: role document") : 0;
}

int role_document_of_target(struct seed_client *client, const char *release, char ret_etag[static ROLE_ETAG_SIZE],
                            struct buf *ret_text, struct error *err) {
    cleanup_reply struct http_reply reply = HTTP_REPLY_INIT;
    char path[96], version[64];
    snprintf(version, sizeof(version), ROLE_VERSION_HEADER ": %d", ROLE_VERSION);
    snprintf(path, sizeof(path), "/v1/role?release=%.40s", release);
    struct http_options options = {.timeout_s = 30, .headers = {version}};
    if (seed_request_known(client, "GET", path, &options, &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return seed_refused("GET", "/v1/role", &reply, err);
    buf_add(ret_text, buf_text(&reply.body), reply.body.length);
    snprintf(ret_etag, ROLE_ETAG_SIZE, "%s", reply.etag);
    return buf_failed(ret_text) ? error_errno(err, EFBIG, "seed: role document") : 0;
}
