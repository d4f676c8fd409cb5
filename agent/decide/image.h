/* SPDX-License-Identifier: Apache-2.0
 * Names of container images, and where one lies unpacked in a layer. Pure. */
#pragma once
#include "role.h"
#include <stdbool.h>
#include <stddef.h>

/* The tag of the role's image that has `part` ("/etcd:") in its name; NULL: there is none. */
const char *image_tag(const struct role *role, const char *part);

/* Whether the role has the very image. */
bool image_is_of(const struct role *role, const char *image);

/* The folder of the image below `root`, "" for the machine's own: "k8s.gcr.io/pause:3.2" lies in
 * ROOT/usr/lib/seedrack/images/k8s.gcr.io_pause_3.2. */
void image_folder(const char *root, const char *image, char *ret, size_t size);
