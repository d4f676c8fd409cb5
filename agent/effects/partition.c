/* SPDX-License-Identifier: Apache-2.0
 * See block.h: what is done to a disk that was chosen. */
#include "await.h"
#include "block.h"
#include "child.h"
#include "content.h"

#include "buf.h"
#include "cleanup.h"
#include "clock.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
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

static int write_at(int fd, const void *bytes, size_t n, uint64_t at) {
    ssize_t written = pwrite(fd, bytes, n, (off_t)at);
    if (written >= 0 && (size_t)written < n)
        errno = EIO;
    return written == (ssize_t)n ? 0 : -1;
}

static int write_zeros(int fd, uint64_t at) {
    static const char zeros[BLOCK] = {0};
    for (uint64_t done = 0; done < TABLE_NOTE_ENDS; done += sizeof(zeros))
        if (write_at(fd, zeros, sizeof(zeros), at + done) < 0)
            return -1;
    return 0;
}

static int wipe_signatures(int fd) {
    int found, result = 0;
    blkid_probe probe = content_probe(fd, 0, 0);
    if (!probe)
        return -1;
    errno = 0;
    while ((found = blkid_do_probe(probe)) == 0 && result == 0) /* 1: no signature is left; -1: an error */
        result = blkid_do_wipe(probe, 0);
    if (found < 0)
        errno = errno ? errno : EIO;
    blkid_free_probe(probe);
    return found < 0 || result < 0 ? -1 : 0;
}

static uint64_t data_size(const struct disk *disk) {
    return (disk->size - DISKS_DATA_START - TAIL) / TAIL * TAIL;
}

int block_wipe(const struct disk *disk, struct error *err) {
    char path[64];
    snprintf(path, sizeof(path), "/dev/%s", disk->name);
    cleanup_close int fd = open(path, O_RDWR | O_EXCL | O_CLOEXEC); /* EBUSY: something is mounted from it */
    bool has_place = disk->size >= DISKS_LEAST;
    /* First the place of our file system: an older one of ours would count again without the table over it, and what
     * somebody's partition had at its end would be at the end of ours. */
    if (fd < 0 ||
        (has_place && (write_zeros(fd, DISKS_DATA_START) < 0 ||
                       write_zeros(fd, DISKS_DATA_START + data_size(disk) - TABLE_NOTE_ENDS) < 0 || fsync(fd) < 0)) ||
        wipe_signatures(fd) < 0 || write_zeros(fd, 0) < 0 || write_zeros(fd, disk->size - TABLE_NOTE_ENDS) < 0 ||
        fsync(fd) < 0)
        return partition_fail(disk, "wipe", err);
    return 0;
}

/* The one on the disk, or a new one, which is durable on return. */
static int ensure_note(const struct disk *disk, struct table_note *ret, struct error *err) {
    char path[64], sector[TABLE_NOTE_SIZE];
    snprintf(path, sizeof(path), "/dev/%s", disk->name);
    cleanup_close int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return partition_fail(disk, "open", err);
    if (content_note(fd, disk, ret))
        return 0;
    *ret = (struct table_note){.size = disk->size};
    if (getrandom(ret->guid, sizeof(ret->guid), 0) != (ssize_t)sizeof(ret->guid))
        return partition_fail(disk, "random bytes", err);
    ret->guid[7] = (ret->guid[7] & 0x0f) | 0x40; /* RFC 9562, 5.4: version 4 */
    ret->guid[8] = (ret->guid[8] & 0x3f) | 0x80;
    table_note_write(ret, sector);
    return write_at(fd, sector, sizeof(sector), TABLE_NOTE_OFFSET) < 0 || fsync(fd) < 0
               ? partition_fail(disk, "write a note", err)
               : 0;
}

/* After the table, which must be durable before. */
static int remove_note(const struct disk *disk, struct error *err) {
    static const char zeros[TABLE_NOTE_SIZE] = {0};
    char path[64];
    snprintf(path, sizeof(path), "/dev/%s", disk->name);
    cleanup_close int fd = open(path, O_RDWR | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 || write_at(fd, zeros, sizeof(zeros), TABLE_NOTE_OFFSET) < 0 || fsync(fd) < 0
               ? partition_fail(disk, "remove the note", err)
               : 0;
}

int block_make_data(const struct disk *disk, struct error *err) {
    struct table_note note;
    char path[64], extended[128], blocks[32];
    snprintf(path, sizeof(path), "/dev/%s", disk->name);
    snprintf(extended, sizeof(extended), "offset=%llu,nodiscard,lazy_itable_init=1,lazy_journal_init=1",
             (unsigned long long)DISKS_DATA_START);
    snprintf(blocks, sizeof(blocks), "%llu", (unsigned long long)(data_size(disk) / BLOCK));
    const char *const argv[] = {"mke2fs", "-F",        "-q", "-t",     "ext4", "-b",   "4096",
                                "-L",     DISKS_LABEL, "-E", extended, path,   blocks, NULL};
    if (ensure_note(disk, &note, err) < 0)
        return -1;
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
    char path[64], partition[80], guid[TABLE_NOTE_GUID_TEXT];
    struct table_note note;
    cleanup_buf struct buf script = BUF_INIT(1024);
    if (ensure_note(disk, &note, err) < 0)
        return -1;
    snprintf(path, sizeof(path), "/dev/%s", disk->name);
    table_note_guid(&note, 0, guid);
    buf_addf(&script, "label: gpt\nlabel-id: %s\n", guid);
    for (unsigned i = 0; i < N_PARTITIONS; i++) {
        table_note_guid(&note, i + 1, guid);
        buf_addf(&script, "start=%llu, size=%llu, type=%s, uuid=%s, name=%s\n",
                 (unsigned long long)(partitions[i].start / disk->sector),
                 (unsigned long long)(partitions[i].size / disk->sector), partitions[i].type, guid, partitions[i].name);
    }
    const char *const argv[] = {"sfdisk", "--quiet", "--wipe", "never", "--wipe-partitions", "never", path, NULL};
    if (child_run(argv, &(struct child_options){.timeout_s = TOOL_S, .input = buf_text(&script)}, NULL, err) < 0)
        return error_wrap(err, "disk `%s`", path);
    snprintf(partition, sizeof(partition), "%s%s%d", path, strchr("0123456789", path[strlen(path) - 1]) ? "p" : "",
             N_PARTITIONS);
    return remove_note(disk, err) < 0 ? -1 : await_path(partition, 10, err);
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
