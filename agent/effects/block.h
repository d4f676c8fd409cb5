/* SPDX-License-Identifier: Apache-2.0
 * The disks of this machine: what sysfs and libblkid say about them, and the three ways to change one.
 * agent/decide/disks.c decides which disk may be changed. */
#pragma once
#include "decide/disks.h"
#include "error.h"

struct block_list {
    struct disk *disks;
    size_t n;
};
void block_list_free(struct block_list *list);
#define cleanup_block_list __attribute__((cleanup(block_list_free)))

/* Lists all whole disks, however many there are; no RAM disks, loop devices or CD drives, and nothing that is stacked
 * on disks. A disk that cannot be read is listed with its problem. -1: not all could be listed. The caller frees the
 * list. */
int block_scan(struct block_list *ret, struct error *err);

/* Removes every signature that libblkid knows, and what is on both ends and where our file system would be, durably:
 * the next look finds DISK_EMPTY. */
int block_wipe(const struct disk *disk, struct error *err);

/* Make the file system at its place, and then the partition table. Each is durable on return. A note on the disk
 * (decide/table_note.h) tells what a power cut leaves: DISK_EMPTY, DISK_HALF or DISK_OURS. */
int block_make_data(const struct disk *disk, struct error *err);
int block_make_table(const struct disk *disk, struct error *err);

/* Writes a hundred times 2 KiB with fdatasync(2), as etcd's log does. *ret_us is the second slowest, in
 * microseconds. */
int block_sync_latency(const char *folder, unsigned *ret_us, struct error *err);
