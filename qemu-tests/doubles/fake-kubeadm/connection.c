/* SPDX-License-Identifier: Apache-2.0
 * See connection.h. */
#include "connection.h"
#include "token.h"

#include "clock.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    REQUEST_MAXIMUM = 8192,
    ANSWER_MAXIMUM = 1 << 18,
    REQUEST_MS = 10000,
    WATCH_MS = 60000 /* as the agent asks: timeoutSeconds=60 */
};

int connection_open(int fd, enum service service, const struct tls *tls, struct connection *ret, struct error *err) {
    *ret = (struct connection){
        .fd = fd,
        .service = service,
        .wants = POLLIN,
        .deadline_ms = clock_boottime_ms() + REQUEST_MS,
        .in = BUF_INIT(REQUEST_MAXIMUM),
        .out = BUF_INIT(ANSWER_MAXIMUM),
    };
    if (tls_session(tls, &ret->fd, &ret->ssl, err) == 0)
        return 0;
    connection_close(ret);
    return -1;
}

void connection_close(struct connection *connection) {
    mbedtls_ssl_free(&connection->ssl);
    close(connection->fd);
    buf_free(&connection->in);
    buf_free(&connection->out);
    connection->fd = -1;
}

enum progress { ENDED, WAITS, WENT_ON };

static enum progress wait_or_end(struct connection *connection, int code) {
    if (code != MBEDTLS_ERR_SSL_WANT_READ && code != MBEDTLS_ERR_SSL_WANT_WRITE)
        return ENDED;
    connection->wants = code == MBEDTLS_ERR_SSL_WANT_READ ? POLLIN : POLLOUT;
    return WAITS;
}

/* Whether head and body are there. */
static bool is_whole(const struct buf *in) {
    const char *end = in->length ? strstr(in->data, "\r\n\r\n") : NULL;
    const char *length = end ? strcasestr(in->data, "\r\nContent-Length:") : NULL;
    if (!end)
        return false;
    size_t head = (size_t)(end - in->data) + 4;
    return in->length - head >=
           (length && length < end ? strtoul(length + strlen("\r\nContent-Length:"), NULL, 10) : 0);
}

static enum progress take_request(struct connection *connection, const struct place *place) {
    unsigned char chunk[2048];
    int got = mbedtls_ssl_read(&connection->ssl, chunk, sizeof(chunk));
    if (got <= 0)
        return got == 0 ? ENDED : wait_or_end(connection, got);
    buf_add(&connection->in, chunk, (size_t)got);
    if (buf_failed(&connection->in))
        return ENDED;
    if (!is_whole(&connection->in))
        return WENT_ON;
    struct request request = {.service = connection->service};
    request.known_client =
        mbedtls_ssl_get_peer_cert(&connection->ssl) && mbedtls_ssl_get_verify_result(&connection->ssl) == 0;
    if (sscanf(connection->in.data, "%7s %511s HTTP/1.", request.method, request.path) != 2)
        return ENDED;
    connection->watching = answer(place, &request, &connection->out);
    if (connection->watching) {
        connection->deadline_ms = clock_boottime_ms() + WATCH_MS;
        connection->told = token_list(place, NULL);
        answer_event(place, &connection->out);
    }
    connection->state = CONNECTION_ANSWER;
    return buf_failed(&connection->out) ? ENDED : WENT_ON;
}

static enum progress give_answer(struct connection *connection) {
    const struct buf *out = &connection->out;
    if (connection->sent < out->length) {
        int put = mbedtls_ssl_write(&connection->ssl, (const unsigned char *)out->data + connection->sent,
                                    out->length - connection->sent);
        if (put <= 0)
            return wait_or_end(connection, put);
        connection->sent += (size_t)put;
        return WENT_ON;
    }
    if (!connection->watching) {
        mbedtls_ssl_close_notify(&connection->ssl);
        return ENDED;
    }
    buf_clear(&connection->out);
    connection->sent = 0;
    connection->state = CONNECTION_WATCH;
    return WENT_ON;
}

/* The client of a watch sends nothing more, but may close the connection. */
static enum progress follow(struct connection *connection, const struct place *place) {
    unsigned char ignored[64];
    int got = mbedtls_ssl_read(&connection->ssl, ignored, sizeof(ignored));
    size_t tokens = token_list(place, NULL);
    if (got >= 0 || wait_or_end(connection, got) == ENDED)
        return ENDED;
    if (tokens == connection->told)
        return WAITS;
    connection->told = tokens;
    answer_event(place, &connection->out);
    connection->state = CONNECTION_ANSWER;
    return WENT_ON;
}

static enum progress step(struct connection *connection, const struct place *place) {
    int code;
    switch (connection->state) {
    case CONNECTION_HANDSHAKE:
        code = mbedtls_ssl_handshake(&connection->ssl);
        if (code)
            return wait_or_end(connection, code);
        connection->state = CONNECTION_REQUEST;
        return WENT_ON;
    case CONNECTION_REQUEST:
        return take_request(connection, place);
    case CONNECTION_ANSWER:
        return give_answer(connection);
    case CONNECTION_WATCH:
        return follow(connection, place);
    }
    return ENDED;
}

bool connection_go(struct connection *connection, const struct place *place) {
    enum progress progress;
    do
        progress = step(connection, place);
    while (progress == WENT_ON);
    return progress == WAITS && clock_boottime_ms() < connection->deadline_ms;
}
