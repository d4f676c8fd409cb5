/* SPDX-License-Identifier: Apache-2.0
 * See esp.h. */
#include "esp.h"
#include "child.h"
#include "mounts.h"

#include "decide/paths.h"
#include "decide/disks.h"
#include "cleanup.h"
#include "file.h"
#include <blkid/blkid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
    TOOL_S = 120,
    BOOT_CODE =
        440, /* of the first sector; then the disk's signature and the protective MBR's table (UEFI 2.10, 5.2.3) */
    UEVENT_MAXIMUM = 4096,
    FILE_MAXIMUM = 512 << 20,
};

/* The value of PARTNAME in a partition's uevent file (kernel: block/partitions/core.c). */
static bool has_name(const char *folder, const char *entry, const char *name) {
    char path[PATH_MAX], line[80];
    struct error ignored;
    cleanup_buf struct buf text = BUF_INIT(UEVENT_MAXIMUM);
    snprintf(path, sizeof(path), "%s/%s/uevent", folder, entry);
    snprintf(line, sizeof(line), "\nPARTNAME=%s\n", name);
    return file_read(path, &text, &ignored) == 0 && strstr(buf_text(&text), line);
}

int esp_find(struct esp *ret, struct error *err) {
    char path[64], folder[PATH_MAX];
    const struct dirent *entry;
    struct stat st;
    if (stat(DATA, &st) < 0)
        return error_errno(err, errno, "`" DATA "`");
    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/..", major(st.st_dev), minor(st.st_dev));
    if (!realpath(path, folder))
        return error_set(err, ENOTBLK, "`" DATA "` is not on a disk");
    *ret = (struct esp){0};
    cleanup_closedir DIR *entries = opendir(folder);
    int more;
    if (!entries)
        return error_errno(err, errno, "`%s`", folder);
    snprintf(ret->disk, sizeof(ret->disk), "/dev/%.40s", strrchr(folder, '/') + 1);
    while ((more = file_next_entry(entries, &entry, err)) > 0) {
        if (has_name(folder, entry->d_name, DISKS_LOADER))
            snprintf(ret->loader, sizeof(ret->loader), "/dev/%.40s", entry->d_name);
        if (has_name(folder, entry->d_name, DISKS_ESP))
            snprintf(ret->system, sizeof(ret->system), "/dev/%.40s", entry->d_name);
    }
    if (more < 0)
        return error_wrap(err, "`%s`", folder);
    if (ret->loader[0] && ret->system[0])
        return 0;
    error_fail(err, SR_INSTALL, ENODEV, "disk `%s` has no partitions " DISKS_LOADER " and " DISKS_ESP, ret->disk);
    return error_remedy(err, "it was partitioned without them: remove `install` from the site; or, if its data may go, "
                             "remove its signatures (wipefs) and boot again");
}

static bool has_fat(const char *device) {
    const char *type = "";
    blkid_probe probe = blkid_new_probe_from_filename(device);
    bool found = probe && blkid_do_safeprobe(probe) == 0 && blkid_probe_lookup_value(probe, "TYPE", &type, NULL) == 0 &&
                 !strcmp(type, "vfat");
    blkid_free_probe(probe);
    return found;
}

int esp_mount(const struct esp *esp, struct error *err) {
    if (mounts_has(ESP))
        esp_unmount(); /* left by an interrupted attempt */
    if (mounts_add(esp->system, ESP, "vfat", MS_NODEV | MS_NOSUID | MS_NOEXEC | MS_NOATIME, "umask=077", err) == 0)
        return 0;
    if (err->errnum == EINVAL && has_fat(esp->system))
        err->errnum = EIO; /* two kernels may be on it */
    return error_wrap(err, "`%s`", esp->system);
}

void esp_unmount(void) {
    umount(ESP);
}

/* The boot code is one write into one sector, so an interrupted attempt leaves the partition table as it was. */
static int write_at(const char *path, const char *from, size_t most, struct error *err) {
    cleanup_buf struct buf bytes = BUF_INIT(DISKS_ESP_START - DISKS_LOADER_START);
    if (file_read(from, &bytes, err) < 0)
        return -1;
    size_t length = most && bytes.length > most ? most : bytes.length;
    cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || pwrite(fd, bytes.data, length, 0) != (ssize_t)length || fsync(fd) < 0)
        return error_errno(err, errno, "write the boot loader to `%s`", path);
    return 0;
}

int esp_make(const struct esp *esp, const char *folder, struct error *err) {
    static const struct {
        const char *from, *to;
    } files[] = {{"bootx64.efi", ESP "/EFI/BOOT/BOOTX64.EFI"}, {"grub.cfg", ESP "/grub/grub.cfg"}};
    const char *const argv[] = {"mkfs.vfat", "-F", "32", "-n", "SEEDRACKESP", esp->system, NULL};
    char path[PATH_MAX];
    if (child_run(argv, &(struct child_options){.timeout_s = TOOL_S}, NULL, err) < 0)
        return error_wrap(err, "`%s`", esp->system);
    if (esp_mount(esp, err) < 0 || file_mkdirs(ESP "/EFI/BOOT", 0700, err) < 0 ||
        file_mkdirs(ESP "/grub", 0700, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, files[i].from);
        if (esp_copy(path, files[i].to, err) < 0)
            return -1;
    }
    snprintf(path, sizeof(path), "%s/core.img", folder);
    if (write_at(esp->loader, path, 0, err) < 0 || esp_sync(err) < 0)
        return -1;
    snprintf(path, sizeof(path), "%s/boot.img", folder);
    return write_at(esp->disk, path, BOOT_CODE, err);
}

int esp_sync(struct error *err) {
    cleanup_close int fd = open(ESP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || syncfs(fd) < 0 ? error_errno(err, errno, "sync `" ESP "`") : 0;
}

int esp_copy(const char *from, const char *to, struct error *err) {
    cleanup_close int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return error_errno(err, errno, "`%s`", from);
    cleanup_close int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t n = out < 0 ? -1 : 1;
    while (n > 0)
        n = sendfile(out, in, NULL, FILE_MAXIMUM);
    return n < 0 || fsync(out) < 0 ? error_errno(err, errno, "`%s`", to) : 0;
}

int esp_write(const char *path, const void *data, size_t length, struct error *err) {
    cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || pwrite(fd, data, length, 0) != (ssize_t)length || fsync(fd) < 0)
        return error_errno(err, errno, "`%s`", path);
    return 0;
}
