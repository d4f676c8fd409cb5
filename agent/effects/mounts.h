/* SPDX-License-Identifier: Apache-2.0
 * mount(2) with folders made and errors that name both sides. */
#pragma once
#include "error.h"
#include <stdbool.h>
#include <stdint.h>

int mounts_add(const char *source, const char *target, const char *type, unsigned long flags, const char *options,
               struct error *err);
int mounts_bind(const char *source, const char *target, struct error *err); /* both folders are made */
int mounts_move(const char *source, const char *target, struct error *err);

/* A squashfs file by a loop device, read-only. */
int mounts_layer(const char *file, const char *target, struct error *err);

/* Whether something is mounted there. */
bool mounts_has(const char *target);

/* Bytes that may still be written below `path`. */
int mounts_free(const char *path, uint64_t *ret, struct error *err);
