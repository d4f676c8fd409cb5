/* SPDX-License-Identifier: Apache-2.0
 * The two libmicrohttpd daemons (TCP and the admin socket), both without a thread of their own: the server's
 * epoll loop watches theirs and runs them. */
#pragma once
#include "server.h"

/* Listens on both; writes the port file. A port that is in use is an error with a remedy. */
int http_open(struct server *server, struct error *err);
void http_close(struct server *server); /* ends long-polls politely first */

/* Serves what is ready. */
void http_run(struct server *server);

/* How long the loop may sleep for libmicrohttpd's sake; -1 = for ever. */
int http_timeout_ms(const struct server *server);

/* The port that TCP listens on. */
unsigned http_port(const struct server *server);
