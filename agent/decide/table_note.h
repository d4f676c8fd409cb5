/* SPDX-License-Identifier: Apache-2.0
 * The note on a disk that is being partitioned. It is written before the file system and removed after the partition
 * table, so that a disk on which power was lost in between is known as ours: nothing is on its ends but the note and
 * pieces of the table that the note announces. Pure: effects/partition.c writes it, effects/content.c reads it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TABLE_NOTE_SIZE = 512,          /* one sector, which a disk writes as a whole or not at all */
    TABLE_NOTE_OFFSET = 512 * 1024, /* from the disk's start; behind the GPT, before the first partition */
    TABLE_NOTE_ENDS = 1024 * 1024,  /* what `head` and `tail` of a disk have: its first and last MiB */
    TABLE_NOTE_GUID_TEXT = 36 + 1,
};

struct table_note {
    uint64_t size;          /* of the disk, bytes */
    unsigned char guid[16]; /* of the table, as a GPT has it (UEFI 2.10, 5.3.2): the first three fields little-endian */
};

/* The sector, zero-padded. */
void table_note_write(const struct table_note *note, char ret[static TABLE_NOTE_SIZE]);

/* Whether the sector is a note, whole and as table_note_write() makes it. */
bool table_note_read(const void *sector, struct table_note *ret);

/* The GUID as text for sfdisk: 0 the table's, n its nth partition's. */
void table_note_guid(const struct table_note *note, unsigned n, char ret[static TABLE_NOTE_GUID_TEXT]);

/* Whether nothing is in the first and the last MiB of the disk but zeros, the note, and sectors of the table that the
 * note announces: a protective MBR, headers and entries with its GUIDs. `sector` is the logical block size in bytes. */
bool table_note_explains(const struct table_note *note, const unsigned char head[static TABLE_NOTE_ENDS],
                         const unsigned char tail[static TABLE_NOTE_ENDS], unsigned sector);
