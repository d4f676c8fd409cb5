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

enum data {
    DATA_NONE,
    DATA_WHOLE,      /* the file system of a data partition, and nothing else */
    DATA_TORN,       /* its superblock has a wrong checksum */
    DATA_OTHER,      /* something else */
    DATA_UNREADABLE, /* with errno */
};

/* What is at that place; both are in bytes. A signature behind our file system's first MiB is the contents of a file:
 * what somebody else makes begins before. */
static enum data look_for_data(int fd, uint64_t start, uint64_t size, struct signature *ret_other) {
    blkid_probe probe = content_probe(fd, start, size);
    enum { FRONT = 1 << 20 };
    bool ours = false, torn = false, front = false, behind = false;
    int found = -1;
    errno = 0;
    while (probe && (found = blkid_do_probe(probe)) == 0) {
        const struct signature s = read_signature(probe);
        const char *offset = value_of(probe, s.table[0] ? "PTMAGIC_OFFSET" : "SBMAGIC_OFFSET");
        if (is_data(&s)) {
            ours = true;
            torn |= value_of(probe, "SBBADCSUM")[0] != '\0';
            continue;
        }
        if (!front)
            *ret_other = s;
        if (offset[0] && strtoull(offset, NULL, 10) >= FRONT)
            behind = true;
        else
            front = true;
    }
    int number = errno;
    blkid_free_probe(probe);
    errno = number;
    if (found < 0)
        return DATA_UNREADABLE;
    if (front || (behind && !ours))
        return DATA_OTHER;
    return !ours ? DATA_NONE : torn ? DATA_TORN : DATA_WHOLE;
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
        enum data data = look_for_data(fd, start, size, &other);
        buf_adds(&what, "a partition " DISKS_LABEL);
        if (data == DATA_OTHER) {
            buf_adds(&what, " with ");
            name_signature(&other, &what);
        } else {
            buf_adds(&what, data == DATA_TORN ? " with a damaged ext4" : " without its ext4");
        }
        found(disk, &what);
        if (data == DATA_WHOLE)
            disk->content = DISK_OURS;
        if (data == DATA_UNREADABLE)
            result = -1;
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

/* Whatever is left of a signature. 1: something; 0: nothing; -1: it cannot be read, with errno. */
static int find_damaged(int fd, struct disk *disk) {
    cleanup_buf struct buf what = BUF_INIT(128);
    blkid_probe probe = content_probe(fd, 0, 0);
    errno = 0;
    int result = probe ? blkid_do_probe(probe) : -1;
    if (result == 0) {
        const struct signature s = read_signature(probe);
        buf_adds(&what, "damaged: ");
        name_signature(&s, &what);
        found(disk, &what);
    }
    int number = errno;
    blkid_free_probe(probe);
    errno = number;
    return result < 0 ? -1 : result == 0;
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

static void unreadable(struct disk *disk) {
    snprintf(disk->problem, sizeof(disk->problem), "it cannot be read: %s", errno ? strerrorname_np(errno) : "EIO");
}

/* The ends have nothing: a table of ours may be missing. */
static void look_behind(int fd, struct disk *disk) {
    cleanup_buf struct buf what = BUF_INIT(128);
    struct signature other = {0};
    enum data data = disk->size > DISKS_DATA_START
                         ? look_for_data(fd, DISKS_DATA_START, disk->size - DISKS_DATA_START, &other)
                         : DATA_NONE;
    disk->content = data == DATA_WHOLE ? DISK_HALF : data == DATA_NONE ? DISK_EMPTY : DISK_FOREIGN;
    if (data == DATA_UNREADABLE)
        unreadable(disk);
    if (data == DATA_OTHER || data == DATA_TORN) {
        buf_addf(&what, "at %llu bytes: ", (unsigned long long)DISKS_DATA_START);
        if (data == DATA_TORN)
            buf_adds(&what, "damaged: ext4 `" DISKS_LABEL "`");
        else
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
        unreadable(disk);
        return;
    }
    disk->digest = digest_add(digest_add(UINT64_C(0xcbf29ce484222325), head), tail);
    if (is_noted(head, tail, disk)) { /* whatever else is there was written after the note */
        enum data data = look_for_data(fd, DISKS_DATA_START, disk->size - DISKS_DATA_START, &other);
        disk->content = data == DATA_WHOLE ? DISK_HALF : data == DATA_UNREADABLE ? DISK_FOREIGN : DISK_EMPTY;
        if (data == DATA_UNREADABLE)
            unreadable(disk);
        return;
    }
    int whole = find_whole(fd, disk), damaged = whole == 0 ? find_damaged(fd, disk) : 0;
    if (whole < 0 || damaged < 0) {
        disk->content = DISK_FOREIGN;
        unreadable(disk);
    } else if (whole == 0 && damaged == 0 && !find_bytes(head, tail, disk)) {
        look_behind(fd, disk);
    }
}

bool content_note(int fd, const struct disk *disk, struct table_note *ret) {
    char sector[TABLE_NOTE_SIZE];
    return pread(fd, sector, sizeof(sector), TABLE_NOTE_OFFSET) == (ssize_t)sizeof(sector) &&
           table_note_read(sector, ret) && ret->size == disk->size;
}
