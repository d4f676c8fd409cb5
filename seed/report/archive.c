/* SPDX-License-Identifier: Apache-2.0
 * See archive.h. */
#include "archive.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 512, STORED_MAX = 65535 };

struct header { /* POSIX.1-1988, 10.1.1 */
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2],
        user[32], group[32], device[16], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "as on tape");

static void add_zeros(struct buf *tar, size_t n) {
    static const char zeros[2 * BLOCK];
    buf_add(tar, zeros, n);
}

static unsigned archive_checksum(const struct header *header) {
    const unsigned char *bytes = (const unsigned char *)header;
    unsigned sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += bytes[i];
    return sum;
}

void archive_add(struct buf *tar, const char *name, const char *data, size_t length) {
    struct header header = {.mode = "0000600",
                            .uid = "0000000",
                            .gid = "0000000",
                            .mtime = "00000000000",
                            .checksum = "       ",
                            .type = '0',
                            .magic = "ustar"};
    memset(header.checksum, ' ', sizeof(header.checksum));
    memcpy(header.version, "00", sizeof(header.version));
    snprintf(header.name, sizeof(header.name), "%s", name);
    snprintf(header.size, sizeof(header.size), "%011llo", (unsigned long long)length);
    snprintf(header.checksum, sizeof(header.checksum), "%06o", archive_checksum(&header) & 0777777);
    header.checksum[7] = ' ';
    buf_add(tar, &header, sizeof(header));
    buf_add(tar, data, length);
    add_zeros(tar, (BLOCK - length % BLOCK) % BLOCK);
}

static uint32_t crc32_of(const unsigned char *data, size_t length) { /* RFC 1952, 8 */
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static void add_number(struct buf *ret, uint32_t number, size_t bytes) { /* least significant byte first */
    for (size_t i = 0; i < bytes; i++) {
        unsigned char byte = (unsigned char)(number >> 8 * i);
        buf_add(ret, &byte, 1);
    }
}

void archive_gzip(struct buf *tar, struct buf *ret) {
    static const unsigned char head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    add_zeros(tar, 2 * BLOCK);
    buf_add(ret, head, sizeof(head));
    for (size_t at = 0; at < tar->length;) {
        size_t n = tar->length - at < STORED_MAX ? tar->length - at : STORED_MAX;
        add_number(ret, at + n == tar->length, 1);
        add_number(ret, (uint32_t)n, 2);
        add_number(ret, ~(uint32_t)n & 0xffff, 2);
        buf_add(ret, tar->data + at, n);
        at += n;
    }
    add_number(ret, crc32_of((const unsigned char *)buf_text(tar), tar->length), 4);
    add_number(ret, (uint32_t)tar->length, 4);
}
