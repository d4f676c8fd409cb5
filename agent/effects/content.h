/* SPDX-License-Identifier: Apache-2.0
 * What is on a disk. The look (block_scan) and the wipe (block_wipe) use one probe, so that what the one calls empty
 * has nothing that the other would remove. */
#pragma once
#include "decide/disks.h"
#include "decide/table_note.h"
#include <blkid/blkid.h>

/* A probe of `size` bytes of the open disk from `start`, both in bytes; size 0: to its end. It looks for every file
 * system, member of something, and partition table that libblkid knows, those with a wrong checksum and a GPT without
 * its protective MBR among them. blkid_do_probe(3) gives one after the other. NULL with errno; the caller frees it. */
blkid_probe content_probe(int fd, uint64_t start, uint64_t size);

/* Looks at the open disk and sets `content`, `found`, `data`, `digest`, `problem` and, for the boot medium, `removable`
 * of *disk, whose `name`, `size` and `sector` the caller has set. */
void content_read(int fd, struct disk *disk);

/* The note of an unfinished partitioning (decide/table_note.h). false: there is none, or it cannot be read. */
bool content_note(int fd, const struct disk *disk, struct table_note *ret);
