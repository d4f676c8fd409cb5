/* SPDX-License-Identifier: Apache-2.0
 * See content.h. */
#include "content.h"

#include "decide/paths.h"
#include "cleanup.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

blkid_probe content_probe(int fd, uint64_t start, uint64_t size) {
    blkid_probe probe = blkid_new_probe();
    if (!probe || blkid_probe_set_device(probe, fd, (blkid_loff_t)start, (blkid_loff_t)size) < 0) {
        blkid_free_probe(probe);
        return NULL;
    }
    blkid_probe_enable_superblocks(probe, 1);
    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL | BLKID_SUBLKS_MAGIC |
                                                 BLKID_SUBLKS_BADCSUM);
    blkid_probe_enable_partitions(probe, 1);
    blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS | BLKID_PARTS_MAGIC | BLKID_PARTS_FORCE_GPT);
    return probe;
}

static const char *value_of(blkid_probe probe, const char *name) {
    const char *value = "";
    return blkid_probe_lookup_value(probe, name, &value, NULL) == 0 ? value : "";
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

static bool is_data(const struct signature *s) {
    return !strcmp(s->type, "ext4") && !strcmp(s->label, DISKS_LABEL);
}

/* 1: the file system of a data partition is there, whole, and nothing else; 0: nothing is there, or a torn one of it;
 * -1: something else, *ret_other. Both are in bytes. */
static int look_for_data(int fd, uint64_t start, uint64_t size, struct signature *ret_other) {
    blkid_probe probe = content_probe(fd, start, size);
    if (!probe)
        return -1;
    int n = 0, torn = 0;
    while (blkid_do_probe(probe) == 0) {
        const struct signature s = read_signature(probe);
        torn |= value_of(probe, "SBBADCSUM")[0] != '\0';
        if (is_data(&s)) {
            n++;
            continue;
        }
        *ret_other = s;
        n = -1;
        break;
    }
    blkid_free_probe(probe);
    return n > 0 ? !torn : n;
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

static void name_signature(const struct signature *s, struct buf *ret) {
    if (s->table[0])
        buf_addf(ret, "partition table `%s`", s->table);
    else
        buf_addf(ret, "%s%s%s%s", s->type[0] ? s->type : "a signature", s->label[0] ? " `" : "", s->label,
                 s->label[0] ? "`" : "");
}

static void found(struct disk *disk, const struct buf *what) {
    disk->content = DISK_FOREIGN;
    snprintf(disk->found, sizeof(disk->found), "%s", buf_text(what));
}

/* A disk that a careful probe identifies: a valid partition table or one valid superblock. 1: it does; 0: nothing;
 * -1: it cannot be read, with errno. */
static int find_whole(int fd, struct disk *disk) {
    cleanup_buf struct buf what = BUF_INIT(128);
    blkid_probe probe = content_probe(fd, 0, 0);
    struct signature other = {0};
    uint64_t start, size;
    if (!probe)
        return -1;
    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL);
    blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
    int result = blkid_do_safeprobe(probe);           /* 0 found, 1 nothing, -2 several, -1 an error with errno */
    const struct signature s = read_signature(probe); /* before the list of partitions, which drops the values */
    disk->removable |= !strcmp(s.type, "iso9660") && !strcmp(s.label, USB_LABEL); /* the boot medium */
    if (result == -2) {
        buf_adds(&what, "several signatures that contradict each other");
    } else if (result == 0 && s.table[0] && find_data(probe, disk, &start, &size)) {
        int data = look_for_data(fd, start, size, &other);
        buf_adds(&what,
                 data < 0 ? "a partition " DISKS_LABEL " with " : "a partition " DISKS_LABEL " without its ext4");
        if (data < 0)
            name_signature(&other, &what);
        found(disk, &what);
        if (data == 1)
            disk->content = DISK_OURS;
    } else if (result == 0) {
        blkid_partlist list = s.table[0] ? blkid_probe_get_partitions(probe) : NULL;
        name_signature(&s, &what);
        if (s.table[0])
            buf_addf(&what, " with %d partitions", list ? blkid_partlist_numof_partitions(list) : 0);
    }
    blkid_free_probe(probe);
    if (what.length && disk->content != DISK_OURS)
        found(disk, &what);
    return result == -1 ? -1 : what.length > 0;
}

/* Whatever is left of a signature; false: nothing is. */
static bool find_damaged(int fd, struct disk *disk) {
    cleanup_buf struct buf what = BUF_INIT(128);
    blkid_probe probe = content_probe(fd, 0, 0);
    if (probe && blkid_do_probe(probe) == 0) {
        const struct signature s = read_signature(probe);
        buf_adds(&what, "damaged: ");
        name_signature(&s, &what);
        found(disk, &what);
    }
    blkid_free_probe(probe);
    return what.length > 0;
}

static size_t first_byte(const unsigned char bytes[static TABLE_NOTE_ENDS]) {
    size_t at = 0;
    while (at < TABLE_NOTE_ENDS && bytes[at] == 0)
        at++;
    return at;
}

/* libblkid may know no signature in it, and it is somebody's: raw dm-crypt, a database, half a table. */
static bool find_bytes(const unsigned char *head, const unsigned char *tail, struct disk *disk) {
    size_t at = first_byte(head);
    if (at == TABLE_NOTE_ENDS) {
        at = first_byte(tail);
        if (at == TABLE_NOTE_ENDS)
            return false;
        at += disk->size - TABLE_NOTE_ENDS;
    }
    disk->content = DISK_FOREIGN;
    snprintf(disk->found, sizeof(disk->found), "data that no known signature explains (first non-zero byte at %zu)",
             at);
    return true;
}

/* The ends have nothing: a table of ours may be missing. */
static void look_behind(int fd, struct disk *disk) {
    cleanup_buf struct buf what = BUF_INIT(128);
    struct signature other = {0};
    int data =
        disk->size > DISKS_DATA_START ? look_for_data(fd, DISKS_DATA_START, disk->size - DISKS_DATA_START, &other) : 0;
    disk->content = data > 0 ? DISK_HALF : DISK_EMPTY;
    if (data < 0) {
        buf_addf(&what, "at %llu bytes: ", (unsigned long long)DISKS_DATA_START);
        name_signature(&other, &what);
        found(disk, &what);
    }
}

static bool is_noted(const unsigned char *head, const unsigned char *tail, const struct disk *disk) {
    struct table_note note;
    return table_note_read(head + TABLE_NOTE_OFFSET, &note) && note.size == disk->size &&
           disk->size > DISKS_DATA_START && table_note_explains(&note, head, tail, disk->sector);
}

static bool ends_read(int fd, uint64_t size, unsigned char *ret_head, unsigned char *ret_tail) {
    return pread(fd, ret_head, TABLE_NOTE_ENDS, 0) == TABLE_NOTE_ENDS &&
           pread(fd, ret_tail, TABLE_NOTE_ENDS, (off_t)(size - TABLE_NOTE_ENDS)) == TABLE_NOTE_ENDS;
}

/* FNV-1a: it tells whether two paths show one disk, nothing more. */
static uint64_t digest_add(uint64_t digest, const unsigned char *bytes) {
    for (size_t i = 0; i < TABLE_NOTE_ENDS; i++)
        digest = (digest ^ bytes[i]) * UINT64_C(0x100000001b3);
    return digest;
}

void content_read(int fd, struct disk *disk) {
    struct signature other;
    disk->content = DISK_FOREIGN;
    if (disk->size < 2 * TABLE_NOTE_ENDS) { /* it is too small in any case */
        snprintf(disk->found, sizeof(disk->found), "not looked at");
        return;
    }
    errno = 0;
    cleanup_free unsigned char *head = malloc(2 * (size_t)TABLE_NOTE_ENDS);
    unsigned char *tail = head ? head + TABLE_NOTE_ENDS : NULL;
    if (!head || !ends_read(fd, disk->size, head, tail)) { /* libblkid reports nothing where it cannot read */
        snprintf(disk->problem, sizeof(disk->problem), "it cannot be read: %s", errno ? strerrorname_np(errno) : "EIO");
        return;
    }
    disk->digest = digest_add(digest_add(UINT64_C(0xcbf29ce484222325), head), tail);
    if (is_noted(head, tail, disk)) {
        int data = look_for_data(fd, DISKS_DATA_START, disk->size - DISKS_DATA_START, &other);
        disk->content = data == 1 ? DISK_HALF : DISK_EMPTY; /* whatever else is there was written after the note */
        return;
    }
    int whole = find_whole(fd, disk);
    if (whole < 0)
        snprintf(disk->problem, sizeof(disk->problem), "it cannot be read: %s", errno ? strerrorname_np(errno) : "EIO");
    else if (whole == 0 && !find_damaged(fd, disk) && !find_bytes(head, tail, disk))
        look_behind(fd, disk);
}

bool content_note(int fd, const struct disk *disk, struct table_note *ret) {
    char sector[TABLE_NOTE_SIZE];
    return pread(fd, sector, sizeof(sector), TABLE_NOTE_OFFSET) == (ssize_t)sizeof(sector) &&
           table_note_read(sector, ret) && ret->size == disk->size;
}
