/* SPDX-License-Identifier: Apache-2.0
 * What a disk is called (docs/disks.md), on image files that sfdisk, mke2fs and others have written: nothing of
 * somebody's is empty, and nothing that our own partitioning leaves after a power cut is somebody's. */
#include "../../lib/test/testing.h"
#include "effects/block.h"
#include "effects/child.h"
#include "effects/content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE (UINT64_C(8) << 30)
enum { SECTOR = 512, MIB = 1 << 20 };

static char path[] = "/tmp/seedrack-content.XXXXXX";
static int fd = -1;
static struct disk disk;

static int make_image(void **state) {
    (void)state;
    fd = mkstemp(path);
    if (fd < 0 || ftruncate(fd, (off_t)SIZE) < 0)
        return -1;
    snprintf(disk.name, sizeof(disk.name), "..%.29s", path); /* below /dev */
    disk.size = SIZE;
    disk.sector = SECTOR;
    return 0;
}

static int remove_image(void **state) {
    (void)state;
    close(fd);
    unlink(path);
    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    return 0;
}

static void clear(void) {
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(ftruncate(fd, (off_t)SIZE), 0);
}

static void put(const void *bytes, size_t n, uint64_t at) {
    assert_int_equal(pwrite(fd, bytes, n, (off_t)at), n);
}

static void shell(const char *command) { /* $1 is the image */
    const char *const argv[] = {"sh", "-c", command, "sh", path, NULL};
    struct error err = {0};
    if (child_run(argv, &(struct child_options){.timeout_s = 60}, NULL, &err) < 0)
        fail_msg("%s", err.message);
}

static void look(void) {
    struct disk fresh = {.size = disk.size, .sector = disk.sector};
    memcpy(fresh.name, disk.name, sizeof(fresh.name));
    disk = fresh;
    content_read(fd, &disk);
    assert_string_equal(disk.problem, "");
}

static void foreign(const char *found) {
    look();
    assert_int_equal(disk.content, DISK_FOREIGN);
    if (!strstr(disk.found, found))
        fail_msg("`%s` is not in `%s`", found, disk.found);
}

static void is(enum disk_content content) {
    look();
    if (disk.content != content)
        fail_msg("content %d, not %d: %s", disk.content, content, disk.found);
}

static void zeros_are_empty(void **state) {
    (void)state;
    is(DISK_EMPTY);
}

static void any_byte_on_the_ends_is_somebodys(void **state) {
    (void)state;
    static const uint64_t places[] = {0, 1, 509, 512, 4096, 65536, MIB - 1, SIZE - MIB, SIZE - 4096, SIZE - 1};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        char found[96];
        clear();
        put("x", 1, places[i]);
        snprintf(found, sizeof(found), "data that no known signature explains (first non-zero byte at %llu)",
                 (unsigned long long)places[i]);
        foreign(found);
    }
    unsigned char random[40000]; /* D3: raw dm-crypt, a database */
    clear();
    assert_int_equal(getrandom(random, 256, 0), 256);
    for (size_t i = 256; i < sizeof(random); i++)
        random[i] = (unsigned char)(random[i - 256] * 5 + 1);
    random[0] = 7;
    random[510] = random[511] = 0;
    put(random, sizeof(random), 0);
    foreign("data that no known signature explains (first non-zero byte at 0)");
}

static void a_damaged_table_is_named(void **state) {
    (void)state;
    static const char zeros[SECTOR * 40] = {0};
    static const char gpt[] = "printf 'label: gpt\\nstart=2048\\n' | sfdisk --quiet \"$1\"";
    shell(gpt);
    foreign("partition table `gpt` with 1 partitions");
    put(zeros, SECTOR, 0); /* D1: without its protective MBR */
    foreign("damaged: partition table `gpt`");
    put(zeros, sizeof(zeros), 0); /* the second copy alone */
    foreign("damaged: partition table `gpt`");
    clear();
    shell(gpt);
    put(zeros, sizeof(zeros), SIZE - sizeof(zeros)); /* the first copy alone, without its MBR */
    put(zeros, SECTOR, 0);
    foreign("damaged: partition table `gpt`");
    clear();
    shell(gpt);
    put(zeros, sizeof(zeros) - SECTOR, SECTOR); /* neither copy */
    put(zeros, sizeof(zeros), SIZE - sizeof(zeros));
    foreign("partition table `PMBR`");
    clear();
    shell("printf 'label: dos\\nsize=2G\\n' | sfdisk --quiet \"$1\"");
    foreign("partition table `dos` with 1 partitions");
}

static void a_damaged_file_system_is_named(void **state) {
    (void)state;
    shell("mke2fs -q -F -t ext4 -O metadata_csum -L home \"$1\" 100M");
    foreign("ext4 `home`");
    clear();
    unsigned char label[SECTOR] = "LABELONE"; /* lvm2, lib/label/label.h: its checksum does not fit */
    label[8] = 1;
    label[20] = 32;
    memcpy(label + 24, "LVM2 001", 8);
    put(label, sizeof(label), SECTOR);
    foreign("damaged: LVM2_member");
    clear();
    shell("mkswap --quiet \"$1\"");
    foreign("swap");
}

static void our_partition_with_something_else(void **state) {
    (void)state;
    static const char table[] = "printf 'label: gpt\\nstart=1GiB, size=6GiB, name=SEEDRACK-DATA\\n' | sfdisk --quiet "
                                "--wipe never \"$1\"";
    shell(table);
    foreign("a partition SEEDRACK-DATA without its ext4");
    clear();
    shell("mke2fs -q -F -t ext4 -L home -E offset=$((1 << 30)) \"$1\" 100M");
    foreign("at 1073741824 bytes: ext4 `home`"); /* nothing names it, and it is there */
    shell(table);
    foreign("a partition SEEDRACK-DATA with ext4 `home`");
    clear();
    shell("mke2fs -q -F -t ext4 -L SEEDRACK-DATA -E offset=$((1 << 30)) \"$1\" 100M");
    is(DISK_HALF); /* as the version before the note left it */
    shell(table);
    is(DISK_OURS);
    assert_string_equal(disk.data + strlen(disk.data) - 1, "1");
}

/* A pod fills the disk with what libblkid takes for somebody's at the end of a partition; a file is no signature. */
static void a_file_of_ours_is_no_signature(void **state) {
    (void)state;
    shell("mke2fs -q -F -t ext4 -L SEEDRACK-DATA -E offset=$((1 << 30)) \"$1\" 6G && printf 'label: gpt\nstart=1GiB, "
          "size=6GiB, name=SEEDRACK-DATA\n' | sfdisk --quiet --wipe never \"$1\"");
    is(DISK_OURS);
    put("$XIDE$", 6, (UINT64_C(7) << 30) - 512); /* LSI MegaRAID's mark */
    is(DISK_OURS);
}

static void somebodys_table_over_our_file_system(void **state) {
    (void)state;
    struct table_note note = {.size = SIZE, .guid = {1, 2, 3, 4, 5, 6, 0x47, 0x48, 0x89}};
    char sector[TABLE_NOTE_SIZE];
    shell("mke2fs -q -F -t ext4 -L SEEDRACK-DATA -E offset=$((1 << 30)) \"$1\" 100M");
    table_note_write(&note, sector);
    put(sector, sizeof(sector), TABLE_NOTE_OFFSET);
    is(DISK_HALF);
    shell("printf 'label: gpt\\nsize=2G, name=theirs\\n' | sfdisk --quiet --wipe never \"$1\"");
    foreign("partition table `gpt` with 1 partitions"); /* not the GUIDs of the note */
    note.size += SECTOR;
    clear();
    table_note_write(&note, sector);
    put(sector, sizeof(sector), TABLE_NOTE_OFFSET);
    foreign("first non-zero byte at 524288"); /* copied from a disk of another size */
}

/* The sectors that `act` changes, in a list of offsets; and their bytes before and after. */
struct change {
    uint64_t at;
    unsigned char before[SECTOR], after[SECTOR];
};
struct changes {
    struct change *list;
    size_t n;
};

static void read_sector(int from, uint64_t at, unsigned char ret[SECTOR]) {
    assert_int_equal(pread(from, ret, SECTOR, (off_t)at), SECTOR);
}

static struct changes changes_of(int before) {
    struct changes changes = {0};
    off_t at = 0, hole;
    while ((at = lseek(fd, at, SEEK_DATA)) >= 0) { /* what the image does not have, it did not have before */
        hole = lseek(fd, at, SEEK_HOLE);
        for (at = at / SECTOR * SECTOR; at < hole; at += SECTOR) {
            struct change change = {.at = (uint64_t)at};
            read_sector(before, change.at, change.before);
            read_sector(fd, change.at, change.after);
            if (!memcmp(change.before, change.after, SECTOR))
                continue;
            changes.list = reallocarray(changes.list, changes.n + 1, sizeof(change));
            assert_non_null(changes.list);
            changes.list[changes.n++] = change;
        }
    }
    return changes;
}

static void allowed(unsigned set) { /* a set of contents, as bits */
    look();
    if (!(set & 1u << disk.content))
        fail_msg("content %d: %s", disk.content, disk.found);
}

/* Power is lost after any number of the writes, in this order, in the opposite one, and with any one of them missing.
 */
static void cut_everywhere(const struct changes *changes, unsigned set, size_t step) {
    for (int way = 0; way < 2; way++) {
        for (size_t i = 0; i < changes->n; i++)
            put(changes->list[i].before, SECTOR, changes->list[i].at);
        for (size_t i = 0; i < changes->n; i++) {
            const struct change *change = &changes->list[way ? changes->n - 1 - i : i];
            put(change->after, SECTOR, change->at);
            if (i % step == 0)
                allowed(set);
        }
    }
    for (size_t i = 0; i < changes->n; i += step) {
        put(changes->list[i].before, SECTOR, changes->list[i].at);
        allowed(set);
        put(changes->list[i].after, SECTOR, changes->list[i].at);
    }
}

static int copy_image(void) {
    static char copy[sizeof(path) + 8];
    snprintf(copy, sizeof(copy), "%s.before", path);
    shell("cp --sparse=always \"$1\" \"$1.before\"");
    int before = open(copy, O_RDONLY | O_CLOEXEC);
    assert_true(before >= 0);
    unlink(copy);
    return before;
}

static void no_cut_makes_our_disk_somebodys(void **state) {
    (void)state;
    enum { EMPTY = 1 << DISK_EMPTY, HALF = 1 << DISK_HALF, OURS = 1 << DISK_OURS };
    struct error err = {0};
    int before = copy_image();
    assert_int_equal(block_make_data(&disk, &err), 0);
    is(DISK_HALF);
    struct changes changes = changes_of(before);
    assert_true(changes.n > 100);
    assert_int_equal(changes.list[0].at, TABLE_NOTE_OFFSET); /* durable before the file system's first byte */
    struct changes file_system = {changes.list + 1, changes.n - 1};
    cut_everywhere(&file_system, EMPTY | HALF, file_system.n / 100);
    free(changes.list);
    close(before);

    before = copy_image();
    assert_int_equal(block_make_table(&disk, &err), -1); /* a file has no node of a partition to wait for */
    assert_non_null(strstr(err.message, "3"));
    is(DISK_OURS);
    changes = changes_of(before);
    assert_int_equal(changes.n, 6); /* protective MBR, two headers, two sectors of entries, the note */
    size_t n = 0;
    for (size_t i = 0; i < changes.n; i++) /* the note goes last, by itself */
        if (changes.list[i].at != TABLE_NOTE_OFFSET)
            changes.list[n++] = changes.list[i];
    assert_int_equal(n, changes.n - 1);
    struct table_note note;
    unsigned char sector[SECTOR];
    read_sector(before, TABLE_NOTE_OFFSET, sector);
    assert_true(table_note_read(sector, &note));
    put(sector, SECTOR, TABLE_NOTE_OFFSET);
    cut_everywhere(&(struct changes){changes.list, n}, HALF, 1);
    assert_int_equal(block_make_table(&disk, &err), -1); /* what the next boot does: the same table */
    is(DISK_OURS);
    for (size_t i = 0; i < n; i++) {
        read_sector(fd, changes.list[i].at, sector);
        assert_memory_equal(sector, changes.list[i].after, SECTOR);
    }
    free(changes.list);
    close(before);
}

static void what_was_wiped_is_empty(void **state) {
    (void)state;
    struct error err = {0};
    static const char *const contents[] = {
        "mke2fs -q -F -t ext4 -L SEEDRACK-DATA -E offset=$((1 << 30)) \"$1\" 100M && printf 'label: gpt\\nsize=2G\\n' "
        "| "
        "sfdisk --quiet --wipe never \"$1\"",
        "printf 'label: gpt\\nstart=2048\\n' | sfdisk -q \"$1\" && dd if=/dev/zero of=\"$1\" bs=512 count=1 "
        "conv=notrunc "
        "status=none",
        "head -c 3000000 /dev/urandom | dd of=\"$1\" conv=notrunc status=none",
        "head -c 1000000 /dev/urandom | dd of=\"$1\" bs=1M seek=8191 conv=notrunc status=none",
        "mkswap --quiet \"$1\"",
        "printf 'label: gpt\\n' | sfdisk --quiet \"$1\" && printf '$XIDE$' | "
        "dd of=\"$1\" bs=1 seek=$((8191 * 1048576 - 512)) conv=notrunc status=none",
    };
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        clear();
        shell(contents[i]);
        is(DISK_FOREIGN);
        assert_int_equal(block_wipe(&disk, &err), 0);
        is(DISK_EMPTY);
    }
}

static void sectors_of_4096_bytes(void **state) {
    (void)state;
    struct table_note note = {.size = SIZE, .guid = {9, 8, 7}};
    static unsigned char head[TABLE_NOTE_ENDS], tail[TABLE_NOTE_ENDS];
    memset(head, 0, sizeof(head));
    memset(tail, 0, sizeof(tail));
    table_note_write(&note, (char *)head + TABLE_NOTE_OFFSET);
    assert_true(table_note_explains(&note, head, tail, 4096));
    memcpy(head + 4096, "EFI PART", 8);
    assert_false(table_note_explains(&note, head, tail, 4096)); /* without the GUID */
    memcpy(head + 4096 + 56, note.guid, sizeof(note.guid));
    assert_true(table_note_explains(&note, head, tail, 4096));
    assert_false(table_note_explains(&note, head, tail, 512)); /* not where the header is then */
    memcpy(tail + TABLE_NOTE_ENDS - 4096, head + 4096, 512);
    assert_true(table_note_explains(&note, head, tail, 4096));
    tail[TABLE_NOTE_ENDS - 1] = 1;
    assert_false(table_note_explains(&note, head, tail, 4096));
}

static void a_note_is_whole_or_none(void **state) {
    (void)state;
    struct table_note note = {.size = SIZE, .guid = {0xde, 0xad}}, again;
    char sector[TABLE_NOTE_SIZE], guid[TABLE_NOTE_GUID_TEXT];
    table_note_write(&note, sector);
    assert_true(table_note_read(sector, &again));
    assert_memory_equal(&again, &note, sizeof(note));
    table_note_guid(&note, 0, guid);
    assert_string_equal(guid, "0000ADDE-0000-0000-0000-000000000000");
    for (size_t i = 0; i < sizeof(sector); i++) {
        sector[i] ^= 1;
        if (table_note_read(sector, &again)) /* another size or GUID, and nothing else */
            assert_true(again.size != note.size || memcmp(again.guid, note.guid, sizeof(note.guid)) != 0);
        sector[i] ^= 1;
    }
}

#define WITH_IMAGE(test) cmocka_unit_test_setup_teardown(test, make_image, remove_image)
int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_IMAGE(zeros_are_empty),
        WITH_IMAGE(any_byte_on_the_ends_is_somebodys),
        WITH_IMAGE(a_damaged_table_is_named),
        WITH_IMAGE(a_damaged_file_system_is_named),
        WITH_IMAGE(our_partition_with_something_else),
        WITH_IMAGE(a_file_of_ours_is_no_signature),
        WITH_IMAGE(somebodys_table_over_our_file_system),
        WITH_IMAGE(no_cut_makes_our_disk_somebodys),
        WITH_IMAGE(what_was_wiped_is_empty),
        cmocka_unit_test(sectors_of_4096_bytes),
        cmocka_unit_test(a_note_is_whole_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
