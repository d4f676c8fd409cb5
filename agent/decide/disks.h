/* SPDX-License-Identifier: Apache-2.0
 * Which disk this machine may use, and what may be done to it: the wipe contract (docs/disks.md). Pure: effects/block.c
 * looks at the disks. */
#pragma once
#include "buf.h"
#include "error.h"
#include "role.h"

#define DISKS_LABEL "SEEDRACK-DATA"  /* PARTLABEL of the data partition and label of its file system */
#define DISKS_LOADER "SEEDRACK-BIOS" /* PARTLABEL: GRUB's core image where a BIOS looks for it */
#define DISKS_ESP                                                                                                      \
    "SEEDRACK-ESP" /* PARTLABEL of the EFI system partition: two kernels and what chooses one (docs/install.md) */
#define DISKS_LOADER_START (UINT64_C(1) << 20) /* image/loader writes it into GRUB's boot sector */
#define DISKS_ESP_START (UINT64_C(2) << 20)
#define DISKS_DATA_START (UINT64_C(1) << 30)
#define DISKS_LEAST (UINT64_C(6) << 30)

enum disk_content {
    DISK_EMPTY,   /* nothing, on both ends and for libblkid; or our note that it was empty (table_note.h) */
    DISK_OURS,    /* GPT with the data partition */
    DISK_HALF,    /* the ext4 of the data partition without its whole table: power was lost while partitioning */
    DISK_FOREIGN, /* somebody's */
};

struct disk {
    char name[32];                          /* "sda" */
    char serial[128], wwn[128], model[128]; /* "": the disk tells none */
    char place[384];                        /* its folder below /sys/devices */
    uint64_t size;                          /* bytes */
    unsigned sector;                        /* logical block size, bytes */
    bool removable, read_only;
    enum disk_content content;
    char found[128];  /* what is on it, for people: "GPT partition table", "LVM2_member `vg0`" */
    uint64_t digest;  /* of both ends: it tells whether two paths show one disk */
    char data[40];    /* OURS: the partition, "sda3" */
    char problem[96]; /* it cannot be read, and why; "": it can */
};

/* Chooses one of the `disks`, never one that the contract forbids. 0 with *ret_index; the disk's `content` says whether
 * it must be partitioned or wiped first. ENODEV: there is none, or none yet: a driver may still be starting. EINVAL:
 * the site must say which one; the error names the disks. */
int disks_choose(const struct disk *disks, size_t n, const struct role_disk *selector, size_t *ret_index,
                 struct error *err);

/* "sda (serial S4E…, 480.1 GB, GPT partition table)" */
void disks_describe(const struct disk *disk, struct buf *ret);
