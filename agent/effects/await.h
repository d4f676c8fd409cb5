/* SPDX-License-Identifier: Apache-2.0
 * Waiting for the file system by inotify(7): no polling, a deadline. */
#pragma once
#include "error.h"
#include <stdbool.h>

/* Returns 0 as soon as `holds` returns true. Calls it at once, and whenever an entry of `folder`, which must exist,
 * appears, is replaced or goes. ETIMEDOUT after `timeout_s` seconds. */
int await_in(const char *folder, bool (*holds)(const void *context), const void *context, unsigned timeout_s,
             struct error *err);

/* Waits until `path` exists; its folder must exist already. */
int await_path(const char *path, unsigned timeout_s, struct error *err);
