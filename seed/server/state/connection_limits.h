/* SPDX-License-Identifier: Apache-2.0
 * Who is connected, and who has to leave when there are too many: libmicrohttpd takes nobody in while it is full, so a
 * limits of slow strangers could keep every machine out. Before that the connection leaves that has been there longest
 * and has not shown a claim; what a machine fetches without one, a layer, it goes on with where it stopped. */
#pragma once
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guest;

struct connection_limits {
    struct guest *oldest, *newest; /* strangers alone */
    size_t n, most;                /* of all; beyond `most` a stranger leaves for each that comes */
    uint64_t *dismissed;           /* counts them */
};

/* MHD_OPTION_NOTIFY_CONNECTION of the daemon; `limits` is its context. */
void connection_limits_notify(void *limits, struct MHD_Connection *connection, void **socket_context,
                              enum MHD_ConnectionNotificationCode code);

/* It had to leave. One that is suspended does not notice by itself. */
bool connection_limits_dismissed(struct MHD_Connection *connection);

/* This one has shown its claim: it may stay as long as it likes. */
void connection_limits_know(struct MHD_Connection *connection);
