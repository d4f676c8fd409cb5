/* SPDX-License-Identifier: Apache-2.0
 * The releases that the operator added, on disk: STATE/releases/NAME.json, an object with `release` and `layers` as
 * their files have them (site/release.h). */
#pragma once
#include "buf.h"
#include "error.h"

enum { RELEASE_TEXT_MAX = 64 * 1024 };

/* Calls `each` with every one; stops with -1 when it returns -1. */
int release_files_each(const char *state, int (*each)(void *context, const struct buf *text, struct error *err),
                       void *context, struct error *err);

/* Durable on return. */
int release_files_keep(const char *state, const char *name, const struct buf *text, struct error *err);
int release_files_drop(const char *state, const char *name, struct error *err);
