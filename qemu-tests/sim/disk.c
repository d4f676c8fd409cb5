/* SPDX-License-Identifier: Apache-2.0
 * See disk.h; SQLite's side of it is https://www.sqlite.org/vfs.html. */
#include "disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHM_SIZE = 32768 };

struct handle { /* what SQLite holds */
    sqlite3_file base;
    struct disk *disk;
    struct disk_file *file;
};

/* Counts one call of SQLite; the power may be lost at any of them. */
static bool fails(struct disk *disk) {
    if (!disk->off && disk->calls >= 0 && disk->calls-- == 0)
        disk->off = true;
    return disk->off;
}

static struct handle *handle_of(sqlite3_file *file) {
    return (struct handle *)file;
}

static void grow(struct disk_file *file, size_t end) {
    if (end > file->used)
        file->used = end;
}

static int file_close(sqlite3_file *base) {
    (void)base;
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *to, int amount, sqlite3_int64 offset) {
    struct handle *h = handle_of(base);
    size_t from = (size_t)offset, wanted = (size_t)amount;
    if (fails(h->disk))
        return SQLITE_IOERR_READ;
    size_t have = from >= h->file->size ? 0 : h->file->size - from < wanted ? h->file->size - from : wanted;
    memcpy(to, h->file->data + from, have);
    memset((char *)to + have, 0, wanted - have);
    return have == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *from, int amount, sqlite3_int64 offset) {
    struct handle *h = handle_of(base);
    size_t at = (size_t)offset, end = at + (size_t)amount;
    if (fails(h->disk))
        return SQLITE_IOERR_WRITE;
    if (end > DISK_FILE_MAX)
        return SQLITE_FULL;
    if (at > h->file->size)
        memset(h->file->data + h->file->size, 0, at - h->file->size);
    memcpy(h->file->data + at, from, (size_t)amount);
    if (end > h->file->size)
        h->file->size = end;
    grow(h->file, end);
    for (size_t sector = at / DISK_SECTOR; sector * DISK_SECTOR < end; sector++)
        h->file->dirty[sector] = true;
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    struct handle *h = handle_of(base);
    if (fails(h->disk))
        return SQLITE_IOERR_TRUNCATE;
    h->file->size = (size_t)size < h->file->size ? (size_t)size : h->file->size;
    return SQLITE_OK;
}

static void keep_sector(struct disk_file *file, size_t sector) {
    memcpy(file->durable + sector * DISK_SECTOR, file->data + sector * DISK_SECTOR, DISK_SECTOR);
    file->dirty[sector] = false;
}

static void keep_all(struct disk_file *file) {
    for (size_t sector = 0; sector * DISK_SECTOR < file->used; sector++)
        if (file->dirty[sector])
            keep_sector(file, sector);
    file->size_durable = file->size;
    file->there_durably = file->there;
}

static int file_sync(sqlite3_file *base, int flags) {
    struct handle *h = handle_of(base);
    (void)flags;
    if (fails(h->disk))
        return SQLITE_IOERR_FSYNC;
    if (!h->disk->lies)
        keep_all(h->file);
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *ret) {
    *ret = (sqlite3_int64)handle_of(base)->file->size;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int level) { /* one process, one connection */
    (void)base;
    (void)level;
    return SQLITE_OK;
}

static int file_reserved(sqlite3_file *base, int *ret) {
    (void)base;
    *ret = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int operation, void *argument) {
    (void)base;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *base) {
    (void)base;
    return DISK_SECTOR;
}

static int file_characteristics(sqlite3_file *base) {
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as on Linux */
}

static int shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **ret) {
    struct disk *disk = handle_of(base)->disk;
    *ret = NULL;
    if (region > 0 || size > SHM_SIZE)
        return SQLITE_IOERR_SHMMAP;
    if (!disk->shm && extend)
        disk->shm = calloc(1, SHM_SIZE);
    *ret = disk->shm;
    return disk->shm || !extend ? SQLITE_OK : SQLITE_NOMEM;
}

static int shm_lock(sqlite3_file *base, int offset, int n, int flags) {
    (void)base;
    (void)offset;
    (void)n;
    (void)flags;
    return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *base) {
    (void)base;
}

static int shm_unmap(sqlite3_file *base, int delete_it) {
    struct disk *disk = handle_of(base)->disk;
    (void)delete_it;
    free(disk->shm);
    disk->shm = NULL;
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static struct disk_file *find(struct disk *disk, const char *path, bool make) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    struct disk_file *unused = NULL;
    for (size_t i = 0; i < DISK_FILES; i++) {
        if (!strcmp(disk->files[i].name, name))
            return &disk->files[i];
        if (!disk->files[i].name[0] && !unused)
            unused = &disk->files[i];
    }
    if (!make || !unused)
        return NULL;
    snprintf(unused->name, sizeof(unused->name), "%s", name);
    return unused;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *ret_flags) {
    struct disk *disk = vfs->pAppData;
    struct handle *h = handle_of(base);
    base->pMethods = NULL;
    struct disk_file *file = path && !fails(disk) ? find(disk, path, (flags & SQLITE_OPEN_CREATE) != 0) : NULL;
    if (!file || (!file->there && !(flags & SQLITE_OPEN_CREATE)))
        return SQLITE_CANTOPEN;
    if (!file->there)
        file->size = 0;
    file->there = true;
    *h = (struct handle){.base.pMethods = &methods, .disk = disk, .file = file};
    if (ret_flags)
        *ret_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder) {
    struct disk *disk = vfs->pAppData;
    struct disk_file *file = fails(disk) ? NULL : find(disk, path, false);
    if (disk->off)
        return SQLITE_IOERR_DELETE;
    if (!file || !file->there)
        return SQLITE_IOERR_DELETE_NOENT;
    file->there = false;
    if (sync_folder && !disk->lies)
        file->there_durably = false;
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret) {
    struct disk *disk = vfs->pAppData;
    const struct disk_file *file = find(disk, path, false);
    (void)flags;
    *ret = file && file->there;
    return fails(disk) ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int vfs_path(sqlite3_vfs *vfs, const char *path, int size, char *ret) {
    (void)vfs;
    snprintf(ret, (size_t)size, "%s", path);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int n, char *ret) { /* the WAL's salts */
    struct disk *disk = vfs->pAppData;
    for (int i = 0; i < n; i++)
        ret[i] = (char)random_next(disk->random);
    return n;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return microseconds;
}

static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *ret) {
    (void)vfs;
    *ret = INT64_C(212000000000000);
    return SQLITE_OK;
}

int disk_install(struct disk *disk) {
    static sqlite3_vfs vfs;
    for (size_t i = 0; i < DISK_FILES; i++) {
        disk->files[i].data = calloc(1, DISK_FILE_MAX);
        disk->files[i].durable = calloc(1, DISK_FILE_MAX);
        if (!disk->files[i].data || !disk->files[i].durable)
            return -1;
    }
    vfs = (sqlite3_vfs){.iVersion = 2,
                        .szOsFile = sizeof(struct handle),
                        .mxPathname = 64,
                        .zName = "sim",
                        .pAppData = disk,
                        .xOpen = vfs_open,
                        .xDelete = vfs_delete,
                        .xAccess = vfs_access,
                        .xFullPathname = vfs_path,
                        .xRandomness = vfs_randomness,
                        .xSleep = vfs_sleep,
                        .xCurrentTimeInt64 = vfs_time};
    return sqlite3_vfs_register(&vfs, 1) == SQLITE_OK ? 0 : -1;
}

static void clear(struct disk_file *file) {
    memset(file->data, 0, file->used);
    memset(file->durable, 0, file->used);
    memset(file->dirty, 0, file->used / DISK_SECTOR + 1);
    file->name[0] = '\0';
    file->there = file->there_durably = false;
    file->size = file->size_durable = file->used = 0;
}

static void power_on(struct disk *disk) {
    free(disk->shm);
    disk->shm = NULL;
    disk->off = false;
    disk->calls = -1;
}

void disk_format(struct disk *disk) {
    sqlite3_randomness(0, NULL); /* resets its generator, so that a run depends only on its number */
    for (size_t i = 0; i < DISK_FILES; i++)
        clear(&disk->files[i]);
    power_on(disk);
}

/* Sectors, size and name each survive by chance, or all of them, or none. */
static void lose(struct disk_file *file, struct random *random) {
    unsigned survive = (unsigned[]){0, 50, 90, 100}[random_below(random, 4)];
    for (size_t sector = 0; sector * DISK_SECTOR < file->used; sector++)
        if (file->dirty[sector] && random_percent(random, survive))
            keep_sector(file, sector);
    if (random_percent(random, survive))
        file->size_durable = file->size;
    if (random_percent(random, survive))
        file->there_durably = file->there;
    if (!file->there_durably)
        file->size_durable = 0;
    memcpy(file->data, file->durable, file->used);
    memset(file->dirty, 0, file->used / DISK_SECTOR + 1);
    file->size = file->size_durable;
    file->there = file->there_durably;
}

void disk_power_cut(struct disk *disk, bool kernel_survives) {
    for (size_t i = 0; i < DISK_FILES && !kernel_survives; i++)
        lose(&disk->files[i], disk->random);
    power_on(disk);
}

void disk_save(const struct disk *disk, struct disk_image *image) {
    disk_image_free(image);
    for (size_t i = 0; i < DISK_FILES; i++) {
        const struct disk_file *file = &disk->files[i];
        if (!file->there_durably)
            continue;
        image->files[i].data = malloc(file->size_durable + 1);
        if (!image->files[i].data)
            abort();
        memcpy(image->files[i].data, file->durable, file->size_durable);
        memcpy(image->files[i].name, file->name, sizeof(file->name));
        image->files[i].size = file->size_durable;
    }
}

void disk_restore(struct disk *disk, const struct disk_image *image) {
    disk_format(disk);
    for (size_t i = 0; i < DISK_FILES; i++) {
        struct disk_file *file = &disk->files[i];
        if (!image->files[i].data)
            continue;
        memcpy(file->name, image->files[i].name, sizeof(file->name));
        memcpy(file->data, image->files[i].data, image->files[i].size);
        memcpy(file->durable, image->files[i].data, image->files[i].size);
        file->size = file->size_durable = file->used = image->files[i].size;
        file->there = file->there_durably = true;
    }
}

void disk_image_free(struct disk_image *image) {
    for (size_t i = 0; i < DISK_FILES; i++)
        free(image->files[i].data);
    *image = (struct disk_image){0};
}
