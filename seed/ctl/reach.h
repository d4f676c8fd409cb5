/* SPDX-License-Identifier: Apache-2.0
 * Where the seed is and how the operator gets there: its admin socket, plain HTTP, or TLS with the operator's
 * certificate (docs/tls.md). */
#pragma once
#include "buf.h"
#include "command.h"
#include "error.h"
#include <curl/curl.h>

struct reach {
    const char *seed;   /* URL without a slash at its end; https:// needs pki */
    const char *socket; /* the admin socket, which goes before; or NULL */
    const char *pki;    /* the folder of seedctl init, or a copy of its ca.crt and operator.*; or NULL */
};

/* Where seedctl looks for the admin socket of this machine: the first is for a seed whose --state is anywhere, the
 * second is that of configs/systemd/seed-server.service. */
#define REACH_RUN_SOCKET "/run/seedrack/admin.sock"
#define REACH_STATE_SOCKET "/var/lib/seedrack/admin.sock"

/* How the seed is found, for help texts. */
#define REACH_HELP                                                                                                     \
    "Which seed: that of --seed or --admin-socket. Without them that of $SEEDRACK_SEED, which is a URL or the path "   \
    "of\n"                                                                                                             \
    "an admin socket. Without that the one on this machine, which has its admin socket at\n" REACH_RUN_SOCKET          \
    " or " REACH_STATE_SOCKET ".\n"

/* Finds the seed: the options, else $SEEDRACK_SEED, else an admin socket of this machine. *ret points into arguments
 * and environment. Fails where none of them says where it is. */
int reach_find(const struct arguments *arguments, struct reach *ret, struct error *err);

/* One request, `body` NULL: GET. *ret is bounded by its maximum, *ret_code the status. Errors name the seed or the
 * socket. */
int reach_call(const struct reach *reach, CURL *curl, const char *path, const char *body, long timeout_s,
               struct buf *ret, long *ret_code, struct error *err);
