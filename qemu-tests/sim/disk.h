/* SPDX-License-Identifier: Apache-2.0
 * The seed's disk: an SQLite VFS in memory. What was written and not synced may be lost at a power cut, each sector for
 * itself, and the power may go at every single call. */
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
    long calls; /* until the power goes; negative: it stays */
    bool off;   /* it went: every call fails */
    bool lies;  /* a mutant: sync does nothing */
};

struct disk_image { /* what a backup has */
    struct {
        char name[32];
        size_t size;
        unsigned char *data;
    } files[DISK_FILES];
};

/* Makes `disk` the place where SQLite keeps its files. Once a process. */
int disk_install(struct disk *disk);

void disk_format(struct disk *disk);                               /* empty, powered */
void disk_power_cut(struct disk *disk, bool kernel_survives);      /* ... or only the process died: nothing is lost */
void disk_save(const struct disk *disk, struct disk_image *image); /* what is durable */
void disk_restore(struct disk *disk, const struct disk_image *image);
void disk_image_free(struct disk_image *image);
