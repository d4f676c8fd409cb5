/* SPDX-License-Identifier: Apache-2.0
 * Fetches one layer from the seed or the USB medium. It is hashed while it streams, resumed after an interruption, and
 * renamed to its place when its sha256 is the one in the role document. */
#pragma once
#include "error.h"
#include "role.h"

struct fetch {
    const struct role_layer *layer;
    const char *seed;                                /* URL */
    const char *folder;                              /* where <sha256> will be */
    const char *usb;                                 /* folder on a USB medium that may have the file, or NULL */
    void (*progress)(void *context, uint64_t bytes); /* or NULL */
    void *context;
};

/* 0 when folder/<sha256> is complete and verified. EBADMSG: the hash was wrong twice. EHOSTUNREACH: the seed was asked
 * FETCH_TRIES times in a row and brought no new byte. */
enum { FETCH_TRIES = 5 };
int fetch_layer(const struct fetch *fetch, struct error *err);
