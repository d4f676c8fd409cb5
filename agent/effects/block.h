/* SPDX-License-Identifier: Apache-2.0
 * The disks of this machine: what sysfs and libblkid say about them, and the three things that may be done to one.
 * Which, and whether, is agent/decide/disks.c's to say. */
#pragma once
#include "decide/disks.h"
#include "error.h"

/* Whole disks; not RAM disks, loop devices, CD drives, and nothing stacked upon disks. A disk that cannot be read is
 * listed with its problem. -1 only where /sys/block cannot be read. */
int block_scan(struct disk ret_disks[DISKS_MAX], size_t *ret_n, struct error *err);

/* Removes every signature that libblkid knows, durably. */
int block_wipe(const struct disk *disk, struct error *err);

/* The file system in its place, then, durably after it, the partition table: a power cut leaves nothing, our file
 * system alone (DISK_HALF), or all. */
int block_make_data(const struct disk *disk, struct error *err);
int block_make_table(const struct disk *disk, struct error *err);

/* The slowest but one of a hundred fdatasync(2) after 2 KiB each, as etcd's log writes, in microseconds. */
int block_sync_latency(const char *folder, unsigned *ret_us, struct error *err);
