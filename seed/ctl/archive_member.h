/* SPDX-License-Identifier: Apache-2.0
 * One file of a release's archive, which becomes a file of the seed's artifacts folder under the same name:
 * sha256/HEX, a layer, or boot/NAME. tar(1) reads the archive; what it unpacks counts only by its hash. */
#pragma once
#include "buf.h"
#include "error.h"
#include <stdbool.h>
#include <stdint.h>

enum { ARCHIVE_MEMBER_NAME_SIZE = 96 };

struct archive_member {
    char name[ARCHIVE_MEMBER_NAME_SIZE];  /* in the archive, and below the artifacts folder */
    char title[ARCHIVE_MEMBER_NAME_SIZE]; /* what messages call it */
    const char *sha256;                   /* in hex */
    uint64_t size;
};

/* Appends the bytes of a small member to *ret, up to its maximum. */
int archive_member_read(const char *archive, const char *name, struct buf *ret, struct error *err);

/* Whether ARTIFACTS has it, byte for byte; and whether it has anything under that name. */
bool archive_member_is_there(const struct archive_member *member, const char *artifacts);
bool archive_member_name_is_taken(const struct archive_member *member, const char *artifacts);

/* Unpacks it below ARTIFACTS, whose folder is there: hashed, durable, under its name only when it is whole. */
int archive_member_unpack(const struct archive_member *member, const char *archive, const char *artifacts,
                          struct error *err);

/* Removes from the folder what calls of archive_member_unpack() left whose process was killed. */
void archive_member_remove_stale(const char *folder);
