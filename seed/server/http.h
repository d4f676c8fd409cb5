/* SPDX-License-Identifier: Apache-2.0
 * The libmicrohttpd daemons, one for each channel: plain TCP, TLS, the admin socket. They have no threads: the server's
 * epoll loop watches their epoll descriptors and runs them. */
#pragma once
#include "server/context/server.h"

enum {
    HTTP_CONNECTIONS = 512 + 2 * SITE_NODES_MAX, /* on one channel: strangers', and two of each machine in the middle */
    HTTP_FILES = 2 * 2 * HTTP_CONNECTIONS + 64,  /* open ones at most: two channels, a connection and a layer each */
};

/* Listens on all channels and writes the port file. A port that is in use is an error with a remedy. */
int http_open(struct server *server, struct error *err);
void http_close(struct server *server); /* answers the long-polls first */

/* Serves the connections that are ready. */
void http_run(struct server *server);

/* How long the loop may sleep before libmicrohttpd must run again, in milliseconds; -1: for ever. */
int http_timeout_ms(const struct server *server);

/* The port that a channel listens on; 0: none. */
unsigned http_port(const struct server *server, enum channel channel);
