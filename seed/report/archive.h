/* SPDX-License-Identifier: Apache-2.0
 * A .tar.gz in memory: ustar (POSIX.1-1988) in gzip (RFC 1952) with stored blocks (RFC 1951, 3.2.4). It does not
 * compress, so it needs no library. Pure. */
#pragma once
#include "buf.h"

/* Appends a regular file of mode 0600 and the time 0; `name` has at most 99 bytes. */
void archive_add(struct buf *tar, const char *name, const char *data, size_t length);

/* Ends the tar archive and appends it, in gzip's format, to *ret. */
void archive_gzip(struct buf *tar, struct buf *ret);
