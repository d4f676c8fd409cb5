/* SPDX-License-Identifier: Apache-2.0
 * See block.h. Attributes: Documentation/ABI/stable/sysfs-block; VPD page 80h: SPC-4, 7.8.13. */
#include "block.h"
#include "content.h"

#include "cleanup.h"
#include "file.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
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
        content_read(fd, disk);
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

void block_list_free(struct block_list *list) {
    free(list->disks);
    *list = (struct block_list){0};
}

int block_scan(struct block_list *ret, struct error *err) {
    cleanup_closedir DIR *folder = opendir("/sys/block");
    cleanup_block_list struct block_list list = {0};
    const struct dirent *entry;
    int more;
    if (!folder)
        return error_errno(err, errno, "`/sys/block`");
    while ((more = file_next_entry(folder, &entry, err)) > 0) {
        if (!is_disk(entry->d_name))
            continue;
        struct disk *longer = reallocarray(list.disks, list.n + 1, sizeof(*longer));
        if (!longer)
            return error_errno(err, ENOMEM, "`/sys/block`");
        list.disks = longer;
        block_look(entry->d_name, &list.disks[list.n++]);
    }
    if (more < 0)
        return error_wrap(err, "`/sys/block`");
    if (list.n > 0)
        qsort(list.disks, list.n, sizeof(list.disks[0]), by_name);
    *ret = list;
    list = (struct block_list){0};
    return 0;
}
