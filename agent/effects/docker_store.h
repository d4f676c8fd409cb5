/* SPDX-License-Identifier: Apache-2.0
 * Adds an image that lies unpacked in a layer to Docker's image store (overlay2, moby v20.10 to v26). The image's one
 * file system layer becomes a link into the squashfs: nothing is copied or hashed, and all machines of a host share the
 * pages. dockerd reads the store when it starts. There is no tar-split data, so `docker save` and `docker push` of such
 * an image fail. */
#pragma once
#include "error.h"

/* `folder` holds root/, config.json and about: "<image id> <diff id> <bytes>". */
struct image_about {
    char id[72], diff[72]; /* "sha256:<64 hex digits>" */
    long long size;
};
int image_about_read(const char *folder, struct image_about *ret, struct error *err);

/* 1 when the image was added, 0 when it was there. It exists only after the last write, so an interrupted call leaves
 * none. */
int docker_store_lay(const char *folder, const struct image_about *about, struct error *err);
