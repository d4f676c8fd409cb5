/* SPDX-License-Identifier: Apache-2.0
 * Connection limits: which connection the seed closes when there are too many. libmicrohttpd accepts none while it is
 * full, so slow strangers could keep every machine out. So before that, the seed closes the oldest connection that has
 * not shown a claim. A machine fetches layers without a claim; if that connection is closed, it resumes. */
#pragma once
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guest;

struct connection_limits {
    struct guest *oldest, *newest; /* of the connections without a claim */
    size_t n, most; /* n: of all connections; beyond `most`, each new one makes the oldest one without a claim close */
    uint64_t *dismissed; /* counts them */
};

/* MHD_OPTION_NOTIFY_CONNECTION of the daemon; `limits` is its context. */
void connection_limits_notify(void *limits, struct MHD_Connection *connection, void **socket_context,
                              enum MHD_ConnectionNotificationCode code);

/* Whether the connection was closed to make room. A suspended request does not notice that by itself. */
bool connection_limits_dismissed(struct MHD_Connection *connection);

/* The connection has shown a claim: it is never closed to make room. */
void connection_limits_know(struct MHD_Connection *connection);
