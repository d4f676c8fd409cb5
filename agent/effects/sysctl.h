/* SPDX-License-Identifier: Apache-2.0
 * Kernel settings below /proc/sys (sysctl(8)). */
#pragma once
#include "error.h"

/* `path` is relative to /proc/sys, with slashes: a link's name may have dots. */
int sysctl_write(const char *path, const char *value, struct error *err);
