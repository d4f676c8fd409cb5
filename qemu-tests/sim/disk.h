/* SPDX-License-Identifier: Apache-2.0
 * The seed's disk: an SQLite VFS in memory. At a power cut each sector that was written and not synced may be lost. The
 * power may be lost at every call. */
#pragma once
#include "random.h"
#include <stddef.h>

enum { DISK_FILES = 3 /* database, WAL, rollback journal */, DISK_SECTOR = 512, DISK_FILE_MAX = 6 << 20 };

struct disk_file {
    char name[32];
    bool there, there_durably;
    size_t size, size_durable, used; /* used: the highest end of both */
    unsigned char *data, *durable;
    bool dirty[DISK_FILE_MAX / DISK_SECTOR];
};

struct disk {
    struct random *random;
    struct disk_file files[DISK_FILES];
    void *shm;  /* the WAL's index: memory of the process */
    long calls; /* how many until the power is lost; negative: never */
    bool off;   /* the power was lost: every call fails */
    bool lies;  /* a mutant: sync does nothing */
};

struct disk_image { /* what a backup has */
    struct {
        char name[32];
        size_t size;
        unsigned char *data;
    } files[DISK_FILES];
};

/* Makes SQLite keep its files on `disk`. To be called once in a process. */
int disk_install(struct disk *disk);

void disk_format(struct disk *disk);                               /* empty, powered */
void disk_power_cut(struct disk *disk, bool kernel_survives);      /* ... or only the process died: nothing is lost */
void disk_save(const struct disk *disk, struct disk_image *image); /* what is durable */
void disk_restore(struct disk *disk, const struct disk_image *image);
void disk_image_free(struct disk_image *image);
