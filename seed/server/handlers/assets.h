/* SPDX-License-Identifier: Apache-2.0
 * The dashboard's files (seed/dashboard/), which are part of the program. */
#pragma once
#include <stddef.h>

struct asset {
    const char *name, *type;
    const char *start, *end;
};

/* The file of that name in seed/dashboard/; NULL: there is none. */
const struct asset *asset_find(const char *name);
