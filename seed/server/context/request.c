/* SPDX-License-Identifier: Apache-2.0
 * See request.h. */
#include "request.h"

#include "clock.h"
#include "server/decide/etag.h"
#include "server/decide/fields.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* "http://host:port/path" names its host itself, whatever the header says (RFC 9112, 3.2.2). */
static void set_target(struct request *request, const char *target) {
    const char *host = request_header(request, "Host");
    size_t scheme = !strncasecmp(target, "http://", 7) ? 7 : !strncasecmp(target, "https://", 8) ? 8 : 0;
    request->path = target;
    if (scheme) {
        host = target + scheme;
        request->path = strchr(host, '/');
        if (!request->path)
            request->path = "/";
    }
    if (host)
        snprintf(request->host, sizeof(request->host), "%.*s", (int)(scheme ? strcspn(host, "/") : strlen(host)), host);
}

struct request *request_new(struct server *server, struct MHD_Connection *connection, const char *method,
                            const char *path, enum channel channel) {
    struct request *request = calloc(1, sizeof(*request));
    if (!request)
        return NULL;
    request->server = server;
    request->connection = connection;
    request->method = method;
    set_target(request, path);
    request->channel = channel;
    if (channel == CHANNEL_TLS)
        connection_limits_peer(connection, &request->peer);
    request->body = BUF_INIT(REQUEST_BODY_MAX);
    request->stream = BUF_INIT(32 * 1024);
    return request;
}

static void unlink_waiting(struct request *request) {
    struct server *server = request->server;
    if (!request->topics)
        return;
    if (request->previous)
        request->previous->next = request->next;
    else
        server->waiting = request->next;
    if (request->next)
        request->next->previous = request->previous;
    request->next = request->previous = NULL;
    request->topics = 0;
    server->n_waiting--;
}

void request_free(struct request *request) {
    if (!request)
        return;
    unlink_waiting(request);
    if (request->streams)
        request->server->streams[request->channel]--;
    if (request->body.data)
        explicit_bzero(request->body.data, request->body.length); /* it may have been a minted ticket */
    buf_free(&request->body);
    upload_free(request->upload);
    buf_free(&request->stream);
    free(request);
}

const char *request_header(const struct request *request, const char *name) {
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

struct header_search {
    const char *name, *etag;
    unsigned n;
};

static enum MHD_Result search_header(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
    struct header_search *search = context;
    (void)kind;
    if (!strcasecmp(name, search->name))
        search->n += !search->etag || (value && etag_matches(value, search->etag));
    return MHD_YES;
}

unsigned request_count_header(const struct request *request, const char *name) {
    struct header_search search = {.name = name};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, search_header, &search);
    return search.n;
}

bool request_has_etag(const struct request *request, const char *etag) {
    struct header_search search = {.name = "If-None-Match", .etag = etag};
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, search_header, &search);
    return search.n > 0;
}

const char *request_query(const struct request *request, const char *name) {
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

int request_query_int(const struct request *request, const char *name, int64_t maximum, int64_t fallback,
                      int64_t *ret_value, struct error *err) {
    const char *text = request_query(request, name);
    if (!text) {
        *ret_value = fallback;
        return 0;
    }
    return fields_number(text, maximum, ret_value, err) < 0 ? error_wrap(err, "query `%s`", name) : 0;
}

int request_wait_ms(const struct request *request, int64_t *ret_ms, struct error *err) {
    int64_t seconds = 0;
    if (request_query_int(request, "wait", 1000000, 0, &seconds, err) < 0)
        return -1;
    *ret_ms = seconds * 1000 > REQUEST_WAIT_MAX_MS ? REQUEST_WAIT_MAX_MS : seconds * 1000;
    return 0;
}

bool request_suspend(struct request *request, unsigned topics, int64_t wait_ms) {
    struct server *server = request->server;
    int64_t now = clock_boottime_ms();
    if (!request->deadline_ms)
        request->deadline_ms = now + wait_ms;
    if (now >= request->deadline_ms || request->timed_out || server->stopping ||
        connection_limits_dismissed(request->connection))
        return false;
    request->topics = topics;
    request->previous = NULL;
    request->next = server->waiting;
    if (server->waiting)
        server->waiting->previous = request;
    server->waiting = request;
    server->n_waiting++;
    MHD_suspend_connection(request->connection);
    return true;
}

bool request_alive(const struct request *request) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    char byte;
    ssize_t got = info ? recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) : 0;
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

int request_json(const struct request *request, const char *const *names, cJSON **ret_tree, struct error *err) {
    cJSON *tree = NULL;
    if (json_parse(buf_text(&request->body), request->body.length, &tree, err) < 0)
        return error_wrap(err, "body");
    if (fields_check(tree, names, err) < 0) {
        cJSON_Delete(tree);
        return -1;
    }
    *ret_tree = tree;
    return 0;
}

bool request_stream(struct request *request, unsigned most) {
    if (request->server->streams[request->channel] >= most)
        return false;
    request->server->streams[request->channel]++;
    request->streams = true;
    return true;
}

static void request_resume(struct request *request) {
    unlink_waiting(request);
    request->server->counters.woken++;
    request->server->resumed = true;
    MHD_resume_connection(request->connection);
}

void requests_wake(struct server *server, unsigned topics) {
    struct request *next;
    for (struct request *r = server->waiting; r; r = next) {
        next = r->next;
        if (r->topics & topics) {
            r->woken |= r->topics & topics;
            request_resume(r);
        }
    }
}

void requests_dismiss(struct server *server) {
    struct request *next;
    for (struct request *r = server->waiting; r; r = next) {
        next = r->next;
        if (connection_limits_dismissed(r->connection)) {
            r->timed_out = true;
            request_resume(r);
        }
    }
}

int64_t requests_expire(struct server *server, int64_t now_ms) {
    int64_t earliest = INT64_MAX;
    struct request *next;
    for (struct request *r = server->waiting; r; r = next) {
        next = r->next;
        if (now_ms >= r->deadline_ms || server->stopping) {
            r->timed_out = true;
            request_resume(r);
        } else if (r->deadline_ms < earliest) {
            earliest = r->deadline_ms;
        }
    }
    return earliest;
}
