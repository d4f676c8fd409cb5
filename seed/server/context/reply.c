/* SPDX-License-Identifier: Apache-2.0
 * See reply.h. */
#include "reply.h"

#include "clock.h"
#include "pki.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLY_ERROR_MAX = 16 * 1024 };

/* By TLS a machine learns the lowest generation of certificates that counts. */
static void add_generation(const struct request *request, struct MHD_Response *response) {
    char text[16];
    unsigned generation = catalog_site(request->server->catalog)->generation;
    snprintf(text, sizeof(text), "%u", generation);
    if (request->channel == CHANNEL_TLS && generation > 1)
        MHD_add_response_header(response, PKI_GENERATION_HEADER, text);
}

enum MHD_Result reply_send(struct request *request, unsigned status, struct MHD_Response *response) {
    if (!response)
        return MHD_NO;
    if (status < sizeof(request->server->counters.replies) / sizeof(request->server->counters.replies[0]))
        request->server->counters.replies[status]++;
    metrics_handled(&request->server->metrics, (double)(clock_monotonic_ns() - request->began_ns) / 1e9);
    if (request->allow)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, request->allow);
    if (request->closes)
        MHD_add_response_header(response, "Connection", "close");
    add_generation(request, response);
    enum MHD_Result r = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    return r;
}

static void wipe_and_free(void *data) {
    explicit_bzero(data, strlen(data));
    free(data);
}

enum MHD_Result reply_body(struct request *request, unsigned status, const char *content_type, struct buf *body,
                           const char *etag) {
    buf_add(body, "", 0);
    if (buf_failed(body))
        return MHD_NO;
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback(body->length, body->data, wipe_and_free);
    if (!response)
        return MHD_NO;
    *body = BUF_INIT(body->maximum); /* the response owns the bytes now */
    MHD_add_response_header(response, "Content-Type", content_type);
    MHD_add_response_header(response, "Cache-Control", etag ? "no-cache" : "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (etag)
        MHD_add_response_header(response, "ETag", etag);
    return reply_send(request, status, response);
}

enum MHD_Result reply_json(struct request *request, unsigned status, struct buf *json) {
    return reply_body(request, status, "application/json", json, NULL);
}

enum MHD_Result reply_empty(struct request *request, unsigned status, const char *etag) {
    struct MHD_Response *response = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    if (response && etag)
        MHD_add_response_header(response, "ETag", etag);
    return reply_send(request, status, response);
}

/* Escapes what JSON must, and also `<`, `>` and `&`, so that the bytes are harmless in a page. What is no UTF-8 becomes
 * U+FFFD: a path may have any bytes. */
void reply_add_string(struct buf *json, const char *text) {
    buf_adds(json, "\"");
    for (const char *s = text; *s;) {
        unsigned char c = (unsigned char)*s;
        size_t n = json_utf8_length((const unsigned char *)s, strnlen(s, 4));
        if (n == 0)
            buf_adds(json, "\\ufffd");
        else if (c == '"' || c == '\\')
            buf_addf(json, "\\%c", c);
        else if (c < 0x20 || c == 0x7f || c == '<' || c == '>' || c == '&')
            buf_addf(json, "\\u%04x", c);
        else
            buf_add(json, s, n);
        s += n ? n : 1;
    }
    buf_adds(json, "\"");
}

static void add_error(struct buf *json, const char *code, const char *message, const char *remedy) {
    buf_adds(json, "{\"error\":{\"code\":");
    reply_add_string(json, code);
    buf_adds(json, ",\"message\":");
    reply_add_string(json, message);
    buf_adds(json, ",\"remedy\":");
    reply_add_string(json, remedy);
    buf_adds(json, "}");
}

enum MHD_Result reply_error(struct request *request, unsigned status, const char *code, const char *message,
                            const char *remedy) {
    cleanup_buf struct buf json = BUF_INIT(REPLY_ERROR_MAX);
    add_error(&json, code, message, remedy);
    buf_adds(&json, "}");
    return reply_json(request, status, &json);
}

enum MHD_Result reply_invalid(struct request *request, const struct error *err) {
    return reply_error(request, MHD_HTTP_BAD_REQUEST, "invalid", err->message,
                       err->remedy[0] ? err->remedy : "see docs/api.md");
}

enum MHD_Result reply_store(struct request *request, const struct error *err) {
    request->server->counters.store_failures++;
    if (err->errnum == ENOSPC)
        return reply_error(request, MHD_HTTP_INSUFFICIENT_STORAGE, "disk_full", err->message, err->remedy);
    return reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "store_failed", err->message, err->remedy);
}

enum MHD_Result reply_record(struct request *request) {
    cleanup_buf struct buf json = BUF_INIT(REPLY_ERROR_MAX);
    record_json(&request->server->record.now, clock_boottime_ms(), &json);
    return reply_json(request, MHD_HTTP_OK, &json);
}

enum MHD_Result reply_refused(struct request *request, enum record_answer answer) {
    cleanup_buf struct buf json = BUF_INIT(REPLY_ERROR_MAX);
    add_error(&json, record_answer_code(answer), record_answer_message(answer), record_answer_remedy(answer));
    buf_adds(&json, ",\"record\":");
    record_json(&request->server->record.now, clock_boottime_ms(), &json);
    buf_adds(&json, "}");
    return reply_json(request, MHD_HTTP_CONFLICT, &json);
}
