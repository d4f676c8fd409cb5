/* SPDX-License-Identifier: Apache-2.0
 * The disks of this machine: what sysfs and libblkid say about them, and the three ways to change one.
 * agent/decide/disks.c decides which disk may be changed. */
#pragma once
#include "decide/disks.h"
#include "error.h"

/* Lists whole disks; no RAM disks, loop devices or CD drives, and nothing that is stacked on disks. A disk that cannot
 * be read is listed with its problem. -1 only when /sys/block cannot be read. */
int block_scan(struct disk ret_disks[DISKS_MAX], size_t *ret_n, struct error *err);

/* Removes every signature that libblkid knows, durably. */
int block_wipe(const struct disk *disk, struct error *err);

/* Make the file system at its place, and then the partition table. Each is durable on return, so a power cut leaves
 * nothing, the file system alone (DISK_HALF), or both. */
int block_make_data(const struct disk *disk, struct error *err);
int block_make_table(const struct disk *disk, struct error *err);

/* Writes a hundred times 2 KiB with fdatasync(2), as etcd's log does. *ret_us is the second slowest, in
 * microseconds. */
int block_sync_latency(const char *folder, unsigned *ret_us, struct error *err);
