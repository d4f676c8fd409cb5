/* SPDX-License-Identifier: Apache-2.0
 * The seed server's event loop: one thread, one epoll. */
#pragma once
#include "server/context/server.h"

/* Opens everything, in order; on error loop_close() releases what was opened. */
int loop_open(struct server *server, const struct options *options, struct error *err);
void loop_close(struct server *server);

/* Serves until SIGTERM or SIGINT. */
int loop_run(struct server *server, struct error *err);
