/* SPDX-License-Identifier: Apache-2.0
 * See block.h. Attributes: Documentation/ABI/stable/sysfs-block; VPD page 80h: SPC-4, 7.8.13. */
#include "block.h"

#include "decide/paths.h"
#include "cleanup.h"
#include "file.h"
#include <blkid/blkid.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void trim(char *text) {
    size_t start = strspn(text, " \t\n"), end = strlen(text);
    while (end > start && isspace((unsigned char)text[end - 1]))
        end--;
    memmove(text, text + start, end - start);
    text[end - start] = '\0';
}

/* The first of the attributes that is not empty; bytes that are not printable ASCII become `?`. */
static void read_text(const char *name, const char *const *attributes, char *ret, size_t size) {
    ret[0] = '\0';
    for (; *attributes && !ret[0]; attributes++) {
        char path[PATH_MAX];
        struct error ignored;
        cleanup_buf struct buf text = BUF_INIT(8192);
        snprintf(path, sizeof(path), "/sys/block/%s/%s", name, *attributes);
        if (file_read(path, &text, &ignored) < 0)
            continue;
        bool page = strstr(*attributes, "vpd_pg80") && text.length > 4; /* four bytes of header */
        snprintf(ret, size, "%s", buf_text(&text) + (page ? 4 : 0));
        trim(ret);
        for (char *c = ret; *c; c++)
            *c = *c >= 0x20 && *c < 0x7f ? *c : '?';
    }
}

static uint64_t read_number(const char *name, const char *attribute) {
    const char *const attributes[] = {attribute, NULL};
    char text[64];
    read_text(name, attributes, text, sizeof(text));
    return strtoull(text, NULL, 10);
}

/* 1: `ret` is stacked on the disk; 0: nothing is; -1: it cannot be read. */
static int has_holder(const char *name, char ret[static 32]) {
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "/sys/block/%s/holders", name);
    cleanup_closedir DIR *folder = opendir(path);
    const struct dirent *entry;
    struct error err;
    int more = folder ? 1 : -1;
    while (folder && (more = file_next_entry(folder, &entry, &err)) > 0) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(ret, 32, "%.31s", entry->d_name);
        return 1;
    }
    return more;
}

static const char *value_of(blkid_probe probe, const char *name) {
    const char *value = "";
    return blkid_probe_lookup_value(probe, name, &value, NULL) == 0 ? value : "";
}

/* Whether there is the file system of a data partition at that place, and nothing else. */
static bool has_data(blkid_probe probe, int fd, uint64_t start, uint64_t size) {
    if (blkid_probe_set_device(probe, fd, (blkid_loff_t)start, (blkid_loff_t)size) < 0)
        return false;
    blkid_probe_enable_partitions(probe, 0);
    return blkid_do_safeprobe(probe) == 0 && !strcmp(value_of(probe, "TYPE"), "ext4") &&
           !strcmp(value_of(probe, "LABEL"), DISKS_LABEL);
}

/* The partition of that name in a GPT; false: there is none. */
static bool find_data(blkid_probe probe, struct disk *disk, uint64_t *ret_start, uint64_t *ret_size) {
    blkid_partlist list = blkid_probe_get_partitions(probe);
    int n = list ? blkid_partlist_numof_partitions(list) : 0;
    for (int i = 0; i < n; i++) {
        blkid_partition part = blkid_partlist_get_partition(list, i);
        const char *name = blkid_partition_get_name(part);
        if (!name || strcmp(name, DISKS_LABEL))
            continue;
        bool digit = isdigit((unsigned char)disk->name[strlen(disk->name) - 1]);
        snprintf(disk->data, sizeof(disk->data), "%s%s%d", disk->name, digit ? "p" : "",
                 blkid_partition_get_partno(part));
        *ret_start = (uint64_t)blkid_partition_get_start(part) * 512;
        *ret_size = (uint64_t)blkid_partition_get_size(part) * 512;
        return true;
    }
    return false;
}

struct signature {
    char type[32], label[48], table[16];
};

static struct signature read_signature(blkid_probe probe) {
    struct signature s;
    snprintf(s.type, sizeof(s.type), "%.31s", value_of(probe, "TYPE"));
    snprintf(s.label, sizeof(s.label), "%.47s", value_of(probe, "LABEL"));
    snprintf(s.table, sizeof(s.table), "%.15s", value_of(probe, "PTTYPE"));
    return s;
}

static void describe(blkid_probe probe, const struct signature *s, struct disk *disk) {
    if (s->table[0]) {
        blkid_partlist list = blkid_probe_get_partitions(probe);
        snprintf(disk->found, sizeof(disk->found), "partition table `%s` with %d partitions", s->table,
                 list ? blkid_partlist_numof_partitions(list) : 0);
    } else {
        snprintf(disk->found, sizeof(disk->found), "%s%s%s%s", s->type[0] ? s->type : "a signature",
                 s->label[0] ? " `" : "", s->label, s->label[0] ? "`" : "");
    }
    disk->removable |= !strcmp(s->type, "iso9660") && !strcmp(s->label, USB_LABEL); /* the boot medium */
}

/* libblkid reports no signature where it cannot read. So both ends of the disk, where signatures are, are read here
 * before the disk counts as empty. */
static bool ends_readable(const struct disk *disk, int fd) {
    unsigned char piece[64 * 1024];
    uint64_t ends[] = {0, disk->size > sizeof(piece) ? disk->size - sizeof(piece) : 0};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (pread(fd, piece, sizeof(piece), (off_t)ends[i]) <= 0)
            return false;
    return true;
}

/* libblkid finds nothing when both copies of a GPT are broken, and the disk still belongs to somebody. Its protective
 * MBR shows that (UEFI 2.10, 5.2.3). */
static bool has_boot_sector(int fd) {
    unsigned char sector[512];
    return pread(fd, sector, sizeof(sector), 0) == (ssize_t)sizeof(sector) && sector[510] == 0x55 &&
           sector[511] == 0xaa;
}

/* libblkid: 0 found, 1 nothing, -2 several that contradict each other, -1 an error with errno. */
static void probe_content(struct disk *disk, int fd) {
    uint64_t start, size;
    blkid_probe probe = blkid_new_probe();
    if (!probe || blkid_probe_set_device(probe, fd, 0, 0) < 0) {
        snprintf(disk->problem, sizeof(disk->problem), "libblkid cannot look at it");
        blkid_free_probe(probe);
        return;
    }
    blkid_probe_enable_superblocks(probe, 1);
    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL);
    blkid_probe_enable_partitions(probe, 1);
    blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
    errno = 0;
    int found = ends_readable(disk, fd) ? blkid_do_safeprobe(probe) : -1;
    const struct signature signature =
        read_signature(probe); /* before the list of partitions, which drops the values */
    disk->content = DISK_FOREIGN;
    if (found == -1) {
        snprintf(disk->problem, sizeof(disk->problem), "it cannot be read: %s", errno ? strerrorname_np(errno) : "EIO");
    } else if (found == -2) {
        snprintf(disk->found, sizeof(disk->found), "several signatures that contradict each other");
    } else if (found == 0 && signature.table[0] && find_data(probe, disk, &start, &size)) {
        snprintf(disk->found, sizeof(disk->found), "a partition " DISKS_LABEL " without its ext4");
        if (has_data(probe, fd, start, size))
            disk->content = DISK_OURS;
    } else if (found == 0) {
        describe(probe, &signature, disk);
    } else if (disk->size > DISKS_DATA_START && has_data(probe, fd, DISKS_DATA_START, disk->size - DISKS_DATA_START)) {
        disk->content = DISK_HALF;
    } else if (has_boot_sector(fd)) {
        snprintf(disk->found, sizeof(disk->found), "a boot sector");
    } else {
        disk->content = DISK_EMPTY;
    }
    blkid_free_probe(probe);
}

static void block_look(const char *name, struct disk *disk) {
    static const char *const serial[] = {"serial", "device/serial", "device/vpd_pg80", NULL},
                             *const wwn[] = {"wwid", "device/wwid", NULL},
                             *const model[] = {"device/model", "device/name", NULL};
    char path[PATH_MAX], holder[32];
    memset(disk, 0, sizeof(*disk));
    snprintf(disk->name, sizeof(disk->name), "%.31s", name);
    read_text(name, serial, disk->serial, sizeof(disk->serial));
    read_text(name, wwn, disk->wwn, sizeof(disk->wwn));
    read_text(name, model, disk->model, sizeof(disk->model));
    disk->size = read_number(name, "size") * 512; /* sysfs-block: in units of 512 bytes whatever the sector */
    disk->sector = (unsigned)read_number(name, "queue/logical_block_size");
    disk->read_only = read_number(name, "ro") != 0;
    snprintf(path, sizeof(path), "/sys/block/%s", name);
    ssize_t n = readlink(path, disk->place, sizeof(disk->place) - 1);
    disk->place[n > 0 ? n : 0] = '\0';
    disk->removable = read_number(name, "removable") != 0 || strstr(disk->place, "/usb");
    snprintf(path, sizeof(path), "/dev/%s", name);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        snprintf(disk->problem, sizeof(disk->problem), "it cannot be opened: %s", strerrorname_np(errno));
    else
        probe_content(disk, fd);
    int held = has_holder(name, holder);
    if (held) {
        disk->content = DISK_FOREIGN;
        snprintf(disk->found, sizeof(disk->found), "part of %s", held > 0 ? holder : "something that cannot be listed");
    }
}

static bool is_disk(const char *name) {
    static const char *const others[] = {"loop", "ram", "zram", "sr", "fd", "dm-", "md", "nbd", NULL};
    for (const char *const *other = others; *other; other++)
        if (!strncmp(name, *other, strlen(*other)) && !islower((unsigned char)name[strlen(*other)]))
            return false;
    return name[0] != '.' && !strstr(name, "boot") && !strstr(name, "rpmb") && read_number(name, "hidden") == 0 &&
           read_number(name, "size") > 0;
}

static int by_name(const void *a, const void *b) { /* sdb before sdaa */
    const struct disk *x = a, *y = b;
    size_t m = strlen(x->name), n = strlen(y->name);
    return m != n ? (m > n) - (m < n) : strcmp(x->name, y->name);
}

int block_scan(struct disk ret_disks[DISKS_MAX], size_t *ret_n, struct error *err) {
    cleanup_closedir DIR *folder = opendir("/sys/block");
    const struct dirent *entry;
    int more = 1;
    if (!folder)
        return error_errno(err, errno, "`/sys/block`");
    *ret_n = 0;
    while (*ret_n < DISKS_MAX && (more = file_next_entry(folder, &entry, err)) > 0)
        if (is_disk(entry->d_name))
            block_look(entry->d_name, &ret_disks[(*ret_n)++]);
    if (more < 0)
        return error_wrap(err, "`/sys/block`");
    qsort(ret_disks, *ret_n, sizeof(ret_disks[0]), by_name);
    return 0;
}
