/* SPDX-License-Identifier: Apache-2.0
 * The boot partitions of the disk with the data partition (docs/install.md): found by their names, made, written. */
#pragma once
#include "error.h"
#include <stddef.h>

#define ESP "/run/seedrack/esp" /* where the EFI system partition is mounted while it is in use */

struct esp {
    char disk[48], loader[48], system[48]; /* "/dev/sda", "/dev/sda1", "/dev/sda2" */
};

/* Finds them on the disk behind DATA. ENODEV: it has no such partitions; ENOTBLK: DATA is RAM. */
int esp_find(struct esp *ret, struct error *err);

/* Mounts the EFI system partition on ESP. EINVAL: there is no FAT on it yet. */
int esp_mount(const struct esp *esp, struct error *err);
void esp_unmount(void);

/* Makes an empty FAT32 and mounts it. Copies, durably, GRUB's core.img and boot.img from `folder` to where a BIOS
 * starts them, and the files that UEFI starts to the FAT. */
int esp_make(const struct esp *esp, const char *folder, struct error *err);

int esp_sync(struct error *err); /* folders as well, which no fsync(2) of a file on a FAT brings along */

/* One file, durably. */
int esp_copy(const char *from, const char *to, struct error *err);
int esp_write(const char *path, const void *data, size_t length,
              struct error *err); /* in its place: GRUB writes the same blocks */
