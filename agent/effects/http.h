/* SPDX-License-Identifier: Apache-2.0
 * HTTP by libcurl: bounded bodies, explicit time-outs, TLS with client certificates, Unix sockets. */
#pragma once
#include "buf.h"
#include "error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum { HTTP_BODY_MAXIMUM = 4 << 20, HTTP_HEADERS_MAX = 4 };

/* A connection that is kept between calls of one process. A forked process makes its own. */
struct http_connection {
    void *curl; /* NULL: none */
    pid_t owner;
};

/* Ends it. To be called when what it proved has changed: the key of the client's certificate. */
void http_disconnect(struct http_connection *connection);

struct http_options {
    struct http_connection *connection; /* used again if it still fits; NULL: one for this call alone */
    const char *method;                 /* NULL: GET */
    const char *body;                   /* JSON text, or NULL */
    const char *body_type;              /* NULL: application/json */
    const char *upload;                 /* a file's path: its bytes are the body, and only a stall ends it; or NULL */
    const char *download;    /* a file's path: it gets the body of a 200, and only a stall ends it; or NULL */
    const char *unix_socket; /* path, or NULL */
    const char *ca_file, *cert_file, *key_file;
    const char *sigv4, *user_password;     /* libcurl's CURLOPT_AWS_SIGV4 and CURLOPT_USERPWD, or NULL */
    const char *connect_to;                /* "::HOST:PORT": connect there, whatever the URL says; or NULL */
    const char *headers[HTTP_HEADERS_MAX]; /* "Name: value", NULL-terminated when fewer */
    unsigned timeout_s;                    /* whole call; 0: 10 s */
    bool exact;                            /* the time-out is a deadline: not longer on a slow machine (pace.h) */
};

struct http_reply {
    long status;
    char etag[96];      /* with its quotes, "" when absent */
    char generation[8]; /* header Seedrack-Generation (lib/pki.h), "" when absent */
    char peer[46];      /* the server's address, "" when no connection came about */
    time_t date;        /* the server's clock (RFC 9110, 6.6.1), or -1 */
    struct buf body;
};
#define HTTP_REPLY_INIT ((struct http_reply){.body = BUF_INIT(HTTP_BODY_MAXIMUM)})
void http_reply_free(struct http_reply *reply);
#define cleanup_reply __attribute__((cleanup(http_reply_free)))

/* To be called once in a process, before any other function here. Measures how slow this machine's processor is: so
 * many times as long are all time-outs that do not depend on the work. */
int http_init(struct error *err);

/* Any status counts as success of the call. Transport failures set err->errnum to EHOSTUNREACH, time-outs to ETIMEDOUT.
 */
int http_call(const char *url, const struct http_options *options, struct http_reply *ret, struct error *err);

/* Streams a response line by line (newline-delimited JSON) into `line`, which returns true to stop. 0 when stopped by
 * `line`, -1 with ETIMEDOUT when the time or the stream ended before, EACCES when
 * the status was 403, EPROTO when it was another one than 200. Lines are bounded by HTTP_BODY_MAXIMUM. */
int http_lines(const char *url, const struct http_options *options,
               bool (*line)(void *context, const char *text, size_t length), void *context, struct error *err);

/* Streams the body from byte `first` on into `sink`, which returns false to stop (RFC 9110, section 14). 0 when the
 * body ended; -1 with EHOSTUNREACH or ETIMEDOUT (nothing came for HTTP_STALL_S) when the caller may continue later,
 * ECANCELED when `sink` stopped it, EIO when the server has no such file or does not serve ranges. There is no limit on
 * the total time: the line may be slow. */
enum { HTTP_STALL_S = 20 };
int http_fetch(const char *url, uint64_t first, bool (*sink)(void *context, const void *data, size_t length),
               void *context, struct error *err);
