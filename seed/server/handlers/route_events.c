/* SPDX-License-Identifier: Apache-2.0
 * POST /v1/events: machines report. GET /v1/events: the newest events, by long-poll or as server-sent events. */
#include "handlers.h"

#include "server/context/access.h"
#include "server/decide/body.h"
#include "redact.h"
#include "clock.h"
#include "server/decide/fields.h"
#include "server/context/reply.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The limits leave connections for machines and seedctl (connection_limits.h). A dashboard whose stream is refused
 * polls instead. */
enum {
    EVENTS_REPLY_MAX = 256,
    EVENTS_REPLY_BYTES = 512 * 1024 /* a longer answer is split: readers accept 1 MiB */,
    EVENTS_KEEPALIVE_MS = 15000,
    EVENTS_STREAMS = 100,
    EVENTS_ADMIN_STREAMS = 8,
    EVENTS_RETRY_MS = 1000
};

enum MHD_Result route_events_post(struct request *request) {
    static const char *const names[] = {"events", NULL};
    cleanup_json cJSON *tree = NULL;
    struct error err = {0};
    size_t n = 0;
    struct event *list = calloc(BODY_EVENTS_MAX, sizeof(*list));
    if (!list)
        return MHD_NO;
    if (request_json(request, names, &tree, &err) < 0 ||
        body_read_events(tree, request->node->hostname, clock_wall_ms(), list, &n, &err) < 0) {
        free(list);
        return reply_invalid(request, &err);
    }
    server_report(request->server, list, n);
    free(list);
    cleanup_buf struct buf json = BUF_INIT(64);
    buf_addf(&json, "{\"last\":%lld}", (long long)events_last(request->server->events));
    return reply_json(request, MHD_HTTP_OK, &json);
}

/* Only the operator sees what identifies a machine's hardware: a stranger could claim its name with it. */
static void add_words(struct buf *json, const char *text, bool whole) {
    cleanup_buf struct buf words = BUF_INIT(64 * 1024);
    if (!whole)
        redact_hardware(text, &words);
    reply_add_string(json, whole ? text : buf_text(&words));
}

static void add_event(struct buf *json, const struct event *event, bool whole) {
    buf_addf(json, "{\"id\":%lld,\"hostname\":\"%s\",\"step\":", (long long)event->id, event->hostname);
    reply_add_string(json, event->step);
    buf_addf(json, ",\"state\":\"%s\",\"message\":", event->state);
    add_words(json, event->message, whole);
    buf_addf(json, ",\"seconds\":%.3f,\"at_ms\":%lld,\"received_ms\":%lld", event->seconds, (long long)event->at_ms,
             (long long)event->received_ms);
    if (event->bytes >= 0)
        buf_addf(json, ",\"bytes\":%lld", (long long)event->bytes);
    if (event->total >= 0)
        buf_addf(json, ",\"total\":%lld", (long long)event->total);
    if (event->wall_ms)
        buf_addf(json, ",\"wall_ms\":%lld", (long long)event->wall_ms);
    if (event->code[0])
        buf_addf(json, ",\"code\":\"%s\"", event->code);
    if (event->tail) {
        buf_adds(json, ",\"tail\":");
        add_words(json, event->tail, whole);
    }
    buf_adds(json, "}");
}

/* Appends what the stream sends next; false: there is nothing, the stream waits. `event: rack` says that GET /v1/rack
 * changed. */
static bool stream_next(struct request *request) {
    static const unsigned rack = TOPIC_ROLE | TOPIC_BOOTSTRAP | TOPIC_TICKETS | TOPIC_STATUS;
    struct buf *stream = &request->stream;
    const struct event *event = events_after(request->server->events, request->since);
    if (event) {
        buf_addf(stream, "id: %lld\ndata: ", (long long)event->id);
        add_event(stream, event, access_operator_here(request));
        buf_adds(stream, "\n\n");
        request->since = event->id;
        return true;
    }
    if (request->woken & rack) {
        buf_adds(stream, "event: rack\ndata: {}\n\n");
        request->woken = 0;
        return true;
    }
    if (request_suspend(request, rack | TOPIC_EVENTS, EVENTS_KEEPALIVE_MS))
        return false;
    buf_adds(stream, ": alive\n\n");
    return true;
}

/* Fills the stream: first what did not fit last time, then the next event, or a comment that keeps the connection
 * alive. */
static ssize_t stream_read(void *context, uint64_t position, char *ret_data, size_t max) {
    struct request *request = context;
    struct buf *stream = &request->stream;
    (void)position;
    if (request->stream_offset >= stream->length) {
        buf_clear(stream);
        request->stream_offset = 0;
        if (request->server->stopping)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (!stream_next(request))
            return 0;
        request->deadline_ms = 0;
        request->timed_out = false;
        if (buf_failed(stream))
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t n = stream->length - request->stream_offset;
    n = n < max ? n : max;
    memcpy(ret_data, stream->data + request->stream_offset, n);
    request->stream_offset += n;
    return (ssize_t)n;
}

static enum MHD_Result reply_stream(struct request *request) {
    if (!request_stream(request, request->channel == CHANNEL_ADMIN ? EVENTS_ADMIN_STREAMS : EVENTS_STREAMS)) {
        request->closes = true;
        return reply_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, "too_many_streams",
                           "too many follow the events already",
                           "ask again later, or with wait= and without text/event-stream");
    }
    buf_addf(&request->stream, "retry: %d\n\n", EVENTS_RETRY_MS);
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, stream_read, request, NULL);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "text/event-stream");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    return reply_send(request, MHD_HTTP_OK, response);
}

enum MHD_Result route_events_get(struct request *request) {
    const struct events *events = request->server->events;
    const char *accept = request_header(request, "Accept"), *last_seen = request_header(request, "Last-Event-ID");
    struct error err = {0};
    int64_t since, wait_ms;
    if (request_wait_ms(request, &wait_ms, &err) < 0 ||
        request_query_int(request, "since", RECORD_NUMBER_MAX, 0, &since, &err) < 0)
        return reply_invalid(request, &err);
    if (accept && strstr(accept, "text/event-stream")) {
        request->since = last_seen && fields_is_decimal(last_seen) ? strtoll(last_seen, NULL, 10) : since;
        return reply_stream(request);
    }
    const struct event *event = events_after(events, since);
    if (!event && request_suspend(request, TOPIC_EVENTS, wait_ms))
        return MHD_YES;
    cleanup_buf struct buf json = BUF_INIT(4 << 20);
    int64_t last = event ? since : events_last(events);
    buf_adds(&json, "{\"events\":[");
    for (int n = 0; event && n < EVENTS_REPLY_MAX && json.length < EVENTS_REPLY_BYTES;
         n++, event = events_after(events, last)) {
        buf_adds(&json, n ? "," : "");
        add_event(&json, event, access_operator_here(request));
        last = event->id;
    }
    buf_addf(&json, "],\"last\":%lld}", (long long)last);
    return reply_json(request, MHD_HTTP_OK, &json);
}
