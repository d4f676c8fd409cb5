/* SPDX-License-Identifier: Apache-2.0
 * Docker's image store (overlay2, moby v20.10 to v26), written where an image lies unpacked in a layer: its one file
 * system layer becomes a link into the squashfs. No copy, no hashing; all machines of a host share the pages. dockerd
 * reads the store when it starts. What is missing is tar-split: `docker save` and `docker push` of such an image fail.
 */
#pragma once
#include "error.h"

/* `folder` holds root/, config.json and about: "<image id> <diff id> <bytes>". */
struct image_about {
    char id[72], diff[72]; /* "sha256:<64 hex digits>" */
    long long size;
};
int image_about_read(const char *folder, struct image_about *ret, struct error *err);

/* 1 when the image was laid, 0 when it was there. The image appears with the last write. */
int docker_store_lay(const char *folder, const struct image_about *about, struct error *err);
