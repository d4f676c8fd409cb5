/* SPDX-License-Identifier: Apache-2.0
 * The boot partitions of the disk that holds our data (docs/install.md): found by their names, made, written. */
#pragma once
#include "error.h"
#include <stddef.h>

#define ESP "/run/seedrack/esp" /* where the EFI system partition is while something looks at it */

struct esp {
    char disk[48], loader[48], system[48]; /* "/dev/sda", "/dev/sda1", "/dev/sda2" */
};

/* By the device behind DATA. ENODEV: it has no such partitions; ENOTBLK: DATA is RAM. */
int esp_find(struct esp *ret, struct error *err);

/* EINVAL: there is no FAT on it yet. */
int esp_mount(const struct esp *esp, struct error *err);
void esp_unmount(void);

/* An empty FAT32, mounted; GRUB's core.img and boot.img out of `folder` to where a BIOS starts them, and all that UEFI
 * starts to the FAT, durably. */
int esp_make(const struct esp *esp, const char *folder, struct error *err);

int esp_sync(struct error *err); /* folders as well, which no fsync(2) of a file on a FAT brings along */

/* One file, durably. */
int esp_copy(const char *from, const char *to, struct error *err);
int esp_write(const char *path, const void *data, size_t length,
              struct error *err); /* in its place: GRUB writes the same blocks */
