/* SPDX-License-Identifier: Apache-2.0
 * MAC addresses that the operator gives: in a file, one a line, or with commas between them. */
#pragma once
#include "error.h"
#include "net.h"
#include <stddef.h>

/* `from` is the path of a file, where there is one, else the list itself. Empty lines, and what follows a `#`, do not
 * count. Writes at most `most` addresses in lower case. */
int mac_list_read(const char *from, char (*ret)[NET_MAC_SIZE], size_t most, size_t *ret_n, struct error *err);
