/* SPDX-License-Identifier: Apache-2.0
 * Finds the seed and calls it: over its admin socket, plain HTTP, or TLS with the operator's certificate
 * (docs/tls.md). */
#pragma once
#include "buf.h"
#include "command.h"
#include "error.h"
#include <curl/curl.h>

struct reach {
    const char *seed;   /* URL without a slash at its end; https:// needs pki */
    const char *socket; /* the admin socket, used instead of `seed`; or NULL */
    const char *pki;    /* the folder of seedctl init, or a copy of its ca.crt and operator.*; or NULL */
};

/* Where seedctl looks for the admin socket of this machine. The first path works with any --state folder; the second is
 * that of configs/systemd/seed-server.service. */
#define REACH_RUN_SOCKET "/run/seedrack/admin.sock"
#define REACH_STATE_SOCKET "/var/lib/seedrack/admin.sock"

/* The help text that says how the seed is found. */
#define REACH_HELP                                                                                                     \
    "Which seed: that of --seed or --admin-socket. Without them that of $SEEDRACK_SEED, which is a URL or the path "   \
    "of\n"                                                                                                             \
    "an admin socket. Without that the one on this machine, which has its admin socket at\n" REACH_RUN_SOCKET          \
    " or " REACH_STATE_SOCKET ".\n"

/* Finds the seed: from the options, else from $SEEDRACK_SEED, else by an admin socket of this machine. *ret points into
 * arguments and environment. An error when none of them is there. */
int reach_find(const struct arguments *arguments, struct reach *ret, struct error *err);

/* Makes one request: GET if `body` is NULL, else POST. The reply is appended to *ret, up to its maximum; *ret_code is
 * the status. Errors name the seed or the socket. */
int reach_call(const struct reach *reach, CURL *curl, const char *path, const char *body, long timeout_s,
               struct buf *ret, long *ret_code, struct error *err);

/* The same with a PUT of the file's bytes. Only a stall ends it. */
int reach_put(const struct reach *reach, CURL *curl, const char *path, const char *file, struct buf *ret,
              long *ret_code, struct error *err);
