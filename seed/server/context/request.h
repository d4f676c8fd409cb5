/* SPDX-License-Identifier: Apache-2.0
 * One HTTP request while it is served. A handler replies, or suspends the request. When a topic of a suspended request
 * changes, or its time is over, the handler is called again from the start. */
#pragma once
#include "buf.h"
#include "json.h"
#include "server.h"
#include <microhttpd.h>

enum {
    REQUEST_BODY_MAX = 64 * 1024,
    REQUEST_WAIT_MAX_MS = 60 * 1000,
    REQUEST_ARGUMENT_SIZE = 96, /* the name of a backup */
};

enum topic {
    TOPIC_ROLE = 1,
    TOPIC_BOOTSTRAP = 2,
    TOPIC_TICKETS = 4,
    TOPIC_EVENTS = 8,
    TOPIC_STATUS = 16,
    TOPIC_MAINTENANCE = 32,
    TOPIC_BACKUP = 64,
    TOPIC_POWER = 128,
    TOPIC_ALL = 255
};

struct route;

struct request {
    struct server *server;
    struct MHD_Connection *connection;
    const char *method, *path; /* without the scheme and host of a target in absolute form */
    char host[256];            /* of the target, else of the header `Host`; "": none */
    const struct route *route;
    char argument[REQUEST_ARGUMENT_SIZE]; /* the path's variable part */
    enum channel channel;
    struct tls_peer peer; /* of CHANNEL_TLS */
    size_t body_max;
    bool too_large;
    const char *allow; /* the reply's header `Allow`; NULL: none */
    bool closes;       /* close the connection after the answer: others need its place */
    struct buf body;
    struct upload *upload; /* of a route with ROUTE_UPLOAD: the body goes to a file */

    const struct store_claim *claim; /* of the machine that asks; NULL when the route needs no claim */
    const struct site_node *node;

    unsigned topics; /* the topics that it waits for; 0 = not suspended */
    int64_t deadline_ms;
    bool timed_out;
    int64_t began_ns; /* CLOCK_MONOTONIC when the handler was last called */
    struct request *next, *previous;

    uint64_t power_id; /* who speaks to a BMC for it (power_worker.h); 0: nobody */

    unsigned woken;    /* topics that resumed it; a stream clears those that it has reported */
    struct buf stream; /* server-sent events: bytes that did not fit yet */
    bool streams;      /* counted in server->streams */
    size_t stream_offset;
    int64_t since;
};

struct request *request_new(struct server *server, struct MHD_Connection *connection, const char *method,
                            const char *path, enum channel channel);
void request_free(struct request *request);

/* How often the request has the header. */
unsigned request_count_header(const struct request *request, const char *name);

/* Whether a header If-None-Match has the entity tag, which is in quotes. */
bool request_has_etag(const struct request *request, const char *etag);

const char *request_header(const struct request *request, const char *name); /* NULL = absent */
const char *request_query(const struct request *request, const char *name);  /* NULL = absent */

/* A whole number in the query; `fallback` when absent. -1 with err when it is no whole number or above `maximum`. */
int request_query_int(const struct request *request, const char *name, int64_t maximum, int64_t fallback,
                      int64_t *ret_value, struct error *err);

/* The query's `wait` in milliseconds, capped. */
int request_wait_ms(const struct request *request, int64_t *ret_ms, struct error *err);

/* Suspends the request until one of the topics changes, at most `wait_ms` milliseconds after the first call for this
 * request. True: suspended, the handler must return MHD_YES at once. False: the time is over, the handler must answer
 * what it has. */
bool request_suspend(struct request *request, unsigned topics, int64_t wait_ms);

/* Takes one of the places for streams of its channel; false when all `most` are taken. request_free() gives it back. */
bool request_stream(struct request *request, unsigned most);

/* False when the client is gone: then a ticket must not be assigned to it. */
bool request_alive(const struct request *request);

/* The body as a JSON object that has no other keys than `names` (NULL-terminated). The caller owns *ret_tree. */
int request_json(const struct request *request, const char *const *names, cJSON **ret_tree, struct error *err);

/* Resumes every request that waits for one of `topics`. */
void requests_wake(struct server *server, unsigned topics);

/* Resumes requests whose connection was dismissed to make room, so that they end. */
void requests_dismiss(struct server *server);

/* Resumes requests whose time is over. Returns when the next one's time is over (INT64_MAX: none). */
int64_t requests_expire(struct server *server, int64_t now_ms);
