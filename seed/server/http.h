/* SPDX-License-Identifier: Apache-2.0
 * The libmicrohttpd daemons, one a channel (plain TCP, TLS, the admin socket), none with a thread of its own: the
 * server's epoll loop watches theirs and runs them. */
#pragma once
#include "server/context/server.h"

/* Listens on all of them; writes the port file. A port that is in use is an error with a remedy. */
int http_open(struct server *server, struct error *err);
void http_close(struct server *server); /* ends long-polls politely first */

/* Serves what is ready. */
void http_run(struct server *server);

/* How long the loop may sleep for libmicrohttpd's sake; -1 = for ever. */
int http_timeout_ms(const struct server *server);

/* The port that a channel listens on; 0: none. */
unsigned http_port(const struct server *server, enum channel channel);
