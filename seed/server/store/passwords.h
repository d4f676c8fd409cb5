/* SPDX-License-Identifier: Apache-2.0
 * The passwords of a site, which its masters share and which are in no document: of HAProxy's statistics page, and of
 * VRRP where the Keepalived image needs one. Made once and kept in the state folder (0600). */
#pragma once
#include "error.h"

struct passwords {
    char vrrp[9];   /* 8 letters and digits: VRRP version 2 has room for no more (RFC 2338, 5.3.10) */
    char stats[98]; /* "user:password" */
};

/* Reads the file `path`; makes it when it is missing. The caller overwrites *ret with explicit_bzero() after use. */
int passwords_load(const char *path, struct passwords *ret, struct error *err);
