/* SPDX-License-Identifier: Apache-2.0
 * Reading and writing whole files: reads are bounded, writes are atomic (temporary file, fsync, rename, fsync of the
 * folder). */
#pragma once
#include "buf.h"
#include "error.h"
#include <dirent.h>
#include <sys/types.h>

/* Appends the file's bytes to *ret (bounded by ret->maximum; EFBIG beyond it). */
int file_read(const char *path, struct buf *ret, struct error *err);

/* Replaces `path` with `length` bytes under `mode`; old or new content, never part of it. Missing parent
 * folders are made (0755). */
int file_write(const char *path, const void *data, size_t length, mode_t mode, struct error *err);

/* The same for a file that is not there yet: EEXIST, and nothing is written, where something has that name. */
int file_create(const char *path, const void *data, size_t length, mode_t mode, struct error *err);

/* file_write() only if content or mode differ. Returns 1 when it wrote, 0 when nothing differed, -1 on error. */
int file_ensure(const char *path, const void *data, size_t length, mode_t mode, struct error *err);

/* fsync of `path` and everything below it, for files that other programs wrote. 0 when `path` does not exist. */
int file_sync_tree(const char *path, struct error *err);
int file_sync_folder(const char *path, struct error *err); /* makes its entries durable, not the files' content */

/* The next entry of a folder: 1 with *ret_entry (valid until the next call), 0 at the end, -1 on error. (readdir(3)
 * returns NULL for both; only errno tells them apart.) */
int file_next_entry(DIR *folder, const struct dirent **ret_entry, struct error *err);

/* mkdir -p. */
int file_mkdirs(const char *path, mode_t mode, struct error *err);
