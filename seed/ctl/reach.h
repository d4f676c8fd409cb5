/* SPDX-License-Identifier: Apache-2.0
 * Where the seed is and how the operator gets there: its admin socket, plain HTTP, or TLS with the operator's
 * certificate (docs/tls.md). */
#pragma once
#include "buf.h"
#include "error.h"
#include <curl/curl.h>

struct reach {
    const char *seed;   /* URL without a slash at its end; https:// needs pki */
    const char *socket; /* the admin socket, which goes before; or NULL */
    const char *pki;    /* the folder of seedctl init, or a copy of its ca.crt and operator.*; or NULL */
};

/* One request, `body` NULL: GET. *ret is bounded by its maximum, *ret_code the status. Errors name the seed or the
 * socket. */
int reach_call(const struct reach *reach, CURL *curl, const char *path, const char *body, long timeout_s,
               struct buf *ret, long *ret_code, struct error *err);
