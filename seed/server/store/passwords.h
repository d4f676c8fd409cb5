/* SPDX-License-Identifier: Apache-2.0
 * The passwords of a site that its masters share and no document has: HAProxy's statistics page, and VRRP's where the
 * Keepalived image wants one. Made once, kept in the state folder (0600). */
#pragma once
#include "error.h"

struct passwords {
    char vrrp[9];   /* 8 letters and digits: VRRP version 2 has room for no more (RFC 2338, 5.3.10) */
    char stats[98]; /* "user:password" */
};

/* What the file `path` has; made at the first call. Overwrite *ret with explicit_bzero() when done. */
int passwords_load(const char *path, struct passwords *ret, struct error *err);
