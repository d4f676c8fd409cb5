/* SPDX-License-Identifier: Apache-2.0
 * See table_note.h. The places of a GPT: UEFI 2.10, 5.2.3 (protective MBR), 5.3.2 (header), 5.3.3 (entries). */
#include "table_note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    PIECE = 512,
    ENTRIES = 128 * 128, /* as many as sfdisk writes */
    ENTRY = 128,
    N_PARTITIONS = 3,
    HEADER_GUID = 56, /* the disk's GUID in the header */
    ENTRY_GUID = 16,  /* the partition's own GUID in its entry */
    MBR_RECORD = 446,
};

void table_note_guid(const struct table_note *note, unsigned n, char ret[static TABLE_NOTE_GUID_TEXT]) {
    const unsigned char *g = note->guid;
    snprintf(ret, TABLE_NOTE_GUID_TEXT, "%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X", g[3],
             g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12], g[13], g[14],
             (g[15] + n) & 0xff);
}

void table_note_write(const struct table_note *note, char ret[static TABLE_NOTE_SIZE]) {
    char guid[TABLE_NOTE_GUID_TEXT];
    table_note_guid(note, 0, guid);
    memset(ret, 0, TABLE_NOTE_SIZE);
    snprintf(ret, TABLE_NOTE_SIZE, "SEEDRACK-NOTE 1: this disk is being partitioned; size %" PRIu64 ", table %s\n",
             note->size, guid);
}

bool table_note_read(const void *sector, struct table_note *ret) {
    char text[TABLE_NOTE_SIZE + 1] = "", again[TABLE_NOTE_SIZE];
    struct table_note note = {0};
    unsigned char g[16];
    memcpy(text, sector, TABLE_NOTE_SIZE);
    if (sscanf(text,
               "SEEDRACK-NOTE 1: this disk is being partitioned; size %" SCNu64
               ", table %2hhx%2hhx%2hhx%2hhx-%2hhx%2hhx-%2hhx%2hhx-%2hhx%2hhx-%2hhx%2hhx%2hhx%2hhx%2hhx%2hhx",
               &note.size, &g[3], &g[2], &g[1], &g[0], &g[5], &g[4], &g[7], &g[6], &g[8], &g[9], &g[10], &g[11], &g[12],
               &g[13], &g[14], &g[15]) != 17)
        return false;
    memcpy(note.guid, g, sizeof(g));
    table_note_write(&note, again);
    if (memcmp(sector, again, TABLE_NOTE_SIZE) != 0)
        return false;
    *ret = note;
    return true;
}

static bool is_zero(const unsigned char *bytes, size_t n) {
    return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

/* One record over the whole disk of the type 0xEE, and no boot code. */
static bool is_protective_mbr(const unsigned char *piece) {
    return is_zero(piece, MBR_RECORD) && piece[MBR_RECORD + 4] == 0xee &&
           is_zero(piece + MBR_RECORD + 16, PIECE - MBR_RECORD - 16 - 2) && piece[510] == 0x55 && piece[511] == 0xaa;
}

static bool is_header(const struct table_note *note, const unsigned char *piece) {
    return !memcmp(piece, "EFI PART", 8) && !memcmp(piece + HEADER_GUID, note->guid, sizeof(note->guid));
}

static bool is_entry(const struct table_note *note, const unsigned char *entry) {
    unsigned char guid[16];
    memcpy(guid, note->guid, sizeof(guid));
    for (unsigned n = 1; n <= N_PARTITIONS; n++) {
        guid[15] = (unsigned char)(note->guid[15] + n);
        if (!memcmp(entry + ENTRY_GUID, guid, sizeof(guid)))
            return true;
    }
    return is_zero(entry, ENTRY);
}

static bool are_entries(const struct table_note *note, const unsigned char *piece) {
    for (size_t at = 0; at < PIECE; at += ENTRY)
        if (!is_entry(note, piece + at))
            return false;
    return true;
}

bool table_note_explains(const struct table_note *note, const unsigned char head[static TABLE_NOTE_ENDS],
                         const unsigned char tail[static TABLE_NOTE_ENDS], unsigned sector) {
    const size_t last = TABLE_NOTE_ENDS - sector; /* the second header; its entries are before it */
    for (size_t at = 0; at < TABLE_NOTE_ENDS; at += PIECE) {
        bool explained = is_zero(head + at, PIECE) || at == TABLE_NOTE_OFFSET || (at == 0 && is_protective_mbr(head)) ||
                         (at == sector && is_header(note, head + at)) ||
                         (at >= 2 * sector && at < 2 * sector + ENTRIES && are_entries(note, head + at));
        if (!explained)
            return false;
        explained = is_zero(tail + at, PIECE) || (at == last && is_header(note, tail + at)) ||
                    (at >= last - ENTRIES && at < last && are_entries(note, tail + at));
        if (!explained)
            return false;
    }
    return true;
}
