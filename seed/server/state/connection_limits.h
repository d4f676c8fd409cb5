/* SPDX-License-Identifier: Apache-2.0
 * Connection limits: which connection the seed closes when there are too many. libmicrohttpd accepts none while it is
 * full, so slow strangers could keep every machine out. So strangers, whose connection has not shown a claim, have
 * places of their own. When these are taken, the seed closes the oldest connection of the address that has most of
 * them: a machine that comes while others hold places shows its claim before it is its turn. A machine fetches layers
 * without a claim; if that connection is closed, it resumes. */
#pragma once
#include "tls.h"
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guest;
struct guest_address;

struct connection_limits {
    struct guest *oldest, *newest; /* of the strangers' connections */
    struct guest_address *addresses;
    size_t n, most;      /* strangers' connections; beyond `most`, each new one makes another one close */
    uint64_t *dismissed; /* counts those */
};

/* MHD_OPTION_NOTIFY_CONNECTION of the daemon; `limits` is its context. */
void connection_limits_notify(void *limits, struct MHD_Connection *connection, void **socket_context,
                              enum MHD_ConnectionNotificationCode code);

/* Whether the connection was closed to make room. A suspended request does not notice that by itself. */
bool connection_limits_dismissed(struct MHD_Connection *connection);

/* Who is at the other end of a TLS connection, asked once for each connection (tls_peer). */
void connection_limits_peer(struct MHD_Connection *connection, struct tls_peer *ret);

/* The connection has shown a claim: it takes no stranger's place any more, and is never closed to make room. */
void connection_limits_know(struct MHD_Connection *connection);
