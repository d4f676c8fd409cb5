/* SPDX-License-Identifier: Apache-2.0
 * See block.h: what is done to a disk that was chosen. */
#include "await.h"
#include "block.h"
#include "child.h"

#include "buf.h"
#include "cleanup.h"
#include "clock.h"
#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK = 4096,
    TAIL = 1 << 20 /* the second copy of the GPT is there */,
    TOOL_S = 600,
    SAMPLES = 100,
    SAMPLE = 2048,
    ENOUGH_MS = 5000
};
#define LINUX_DATA "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define EFI_SYSTEM "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define BIOS_BOOT "21686148-6449-6E6F-744E-656564454649"

static int partition_fail(const struct disk *disk, const char *what, struct error *err) {
    error_errno(err, errno, "disk `/dev/%s`: %s", disk->name, what);
    error_code(err, SR_DISK_BAD);
    return error_remedy(err, "replace the disk, or name another one in the site's `disk`");
}

int block_wipe(const struct disk *disk, struct error *err) {
    static const char zeros[BLOCK] = {0}; /* for the boot sector, which libblkid does not count as a signature */
    char path[64];
    snprintf(path, sizeof(path), "/dev/%s", disk->name);
    cleanup_close int fd = open(path, O_RDWR | O_EXCL | O_CLOEXEC); /* EBUSY: something is mounted from it */
    blkid_probe probe = fd < 0 ? NULL : blkid_new_probe();
    if (!probe || blkid_probe_set_device(probe, fd, 0, 0) < 0) {
        blkid_free_probe(probe);
        return partition_fail(disk, "wipe", err);
    }
    blkid_probe_enable_superblocks(probe, 1);
    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_BADCSUM);
    blkid_probe_enable_partitions(probe, 1);
    blkid_probe_set_partitions_flags(probe, BLKID_PARTS_MAGIC | BLKID_PARTS_FORCE_GPT);
    errno = 0;
    int found = 0, result = pwrite(fd, zeros, sizeof(zeros), 0) == (ssize_t)sizeof(zeros) ? 0 : -1;
    while (result == 0 && (found = blkid_do_probe(probe)) == 0) /* 1: no signature is left; -1: an error */
        result = blkid_do_wipe(probe, 0);
    if (found < 0) {
        errno = errno ? errno : EIO;
        result = -1;
    }
    blkid_free_probe(probe);
    return result < 0 || fsync(fd) < 0 ? partition_fail(disk, "wipe", err) : 0;
}

static uint64_t data_size(const struct disk *disk) {
    return (disk->size - DISKS_DATA_START - TAIL) / TAIL * TAIL;
}

int block_make_data(const struct disk *disk, struct error *err) {
    char path[64], extended[128], blocks[32];
    snprintf(path, sizeof(path), "/dev/%s", disk->name);
    snprintf(extended, sizeof(extended), "offset=%llu,nodiscard,lazy_itable_init=1,lazy_journal_init=1",
             (unsigned long long)DISKS_DATA_START);
    snprintf(blocks, sizeof(blocks), "%llu", (unsigned long long)(data_size(disk) / BLOCK));
    const char *const argv[] = {"mke2fs", "-F",        "-q", "-t",     "ext4", "-b",   "4096",
                                "-L",     DISKS_LABEL, "-E", extended, path,   blocks, NULL};
    if (child_run(argv, &(struct child_options){.timeout_s = TOOL_S}, NULL, err) < 0)
        return error_wrap(err, "disk `%s`", path);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 ? partition_fail(disk, "sync", err) : 0;
}

int block_make_table(const struct disk *disk, struct error *err) {
    const struct {
        uint64_t start, size;
        const char *type, *name;
    } partitions[] = {
        {DISKS_LOADER_START, DISKS_ESP_START - DISKS_LOADER_START, BIOS_BOOT, DISKS_LOADER},
        {DISKS_ESP_START, DISKS_DATA_START - DISKS_ESP_START, EFI_SYSTEM, DISKS_ESP},
        {DISKS_DATA_START, data_size(disk), LINUX_DATA, DISKS_LABEL},
    };
    enum { N_PARTITIONS = sizeof(partitions) / sizeof(partitions[0]) };
    char path[64], partition[80];
    cleanup_buf struct buf script = BUF_INIT(1024);
    snprintf(path, sizeof(path), "/dev/%s", disk->name);
    buf_adds(&script, "label: gpt\n");
    for (size_t i = 0; i < N_PARTITIONS; i++)
        buf_addf(&script, "start=%llu, size=%llu, type=%s, name=%s\n",
                 (unsigned long long)(partitions[i].start / disk->sector),
                 (unsigned long long)(partitions[i].size / disk->sector), partitions[i].type, partitions[i].name);
    const char *const argv[] = {"sfdisk", "--quiet", "--wipe", "never", "--wipe-partitions", "never", path, NULL};
    if (child_run(argv, &(struct child_options){.timeout_s = TOOL_S, .input = buf_text(&script)}, NULL, err) < 0)
        return error_wrap(err, "disk `%s`", path);
    snprintf(partition, sizeof(partition), "%s%s%d", path, strchr("0123456789", path[strlen(path) - 1]) ? "p" : "",
             N_PARTITIONS);
    return await_path(partition, 10, err);
}

static int longer(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int block_sync_latency(const char *folder, unsigned *ret_us, struct error *err) {
    static const char bytes[SAMPLE] = {0};
    int64_t us[SAMPLES], started_ms = clock_boottime_ms();
    char path[256];
    size_t n = 0;
    snprintf(path, sizeof(path), "%s/.sync-latency", folder);
    cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_errno(err, errno, "`%s`", path);
    unlink(path);
    while (n < SAMPLES && clock_boottime_ms() - started_ms < ENOUGH_MS) {
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes) || fdatasync(fd) < 0)
            return error_errno(err, errno, "`%s`", path);
        clock_gettime(CLOCK_MONOTONIC, &after);
        us[n++] = (after.tv_sec - before.tv_sec) * INT64_C(1000000) + (after.tv_nsec - before.tv_nsec) / 1000;
    }
    qsort(us, n, sizeof(us[0]), longer);
    *ret_us = (unsigned)us[n > 1 ? n - 2 : 0];
    return 0;
}
