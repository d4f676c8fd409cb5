/* SPDX-License-Identifier: Apache-2.0
 * One layer into its place: streamed from the seed or the USB medium, hashed on the way, gone on with where it stopped,
 * renamed when its bytes are the ones that the role document names. */
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

/* 0 when folder/<sha256> is complete and true. A wrong hash is fetched once more, then EBADMSG. While the seed is away
 * it is asked again, FETCH_TRIES times in a row without a new byte, then EHOSTUNREACH. */
enum { FETCH_TRIES = 5 };
int fetch_layer(const struct fetch *fetch, struct error *err);
