/* SPDX-License-Identifier: Apache-2.0
 * See tail.h. */
#include "tail.h"

#include "redact.h"
#include <string.h>

const char *tail_source(enum code code) {
    switch (code) {
    case SR_LINK:
    case SR_LINK_CARD:
    case SR_DISK:
    case SR_DISK_NONE:
    case SR_DISK_BAD:
    case SR_DISK_MOUNT:
    case SR_LAYERS:
    case SR_PIVOT:
        return TAIL_DMESG;
    case SR_RUNTIME:
    case SR_RUNTIME_SILENT:
    case SR_IMAGE_LOAD:
        return TAIL_RUNTIME;
    case SR_INIT:
    case SR_JOIN:
    case SR_ADDON:
        return "/var/log/seedrack/kubeadm.log";
    case SR_READY_WAIT:
        return "/var/log/seedrack/kubelet/current";
    default:
        return NULL;
    }
}

static void add_byte(struct buf *ret, char c) {
    if (c == '\n' || (c >= 0x20 && c < 0x7f))
        buf_add(ret, &c, 1);
    else if (c == '\t')
        buf_adds(ret, " ");
    else
        buf_addf(ret, "\\x%02x", (unsigned char)c);
}

/* Whole lines, unless one alone is too long. */
static const char *last_lines(const char *text, size_t length, size_t most) {
    if (length <= most)
        return text;
    const char *cut = text + length - most, *line = memchr(cut, '\n', most - 1);
    return cut[-1] == '\n' || !line ? cut : line + 1;
}

size_t tail_clean(const char *text, size_t length, bool whole, char ret[static TAIL_SIZE]) {
    cleanup_buf struct buf open = BUF_INIT(4 * TAIL_READ),
                           clean = BUF_INIT(16 * TAIL_READ + 1); /* a byte becomes four at most */
    const char *line = whole ? text : memchr(text, '\n', length), *end = text + length;
    if (!whole)
        line = line ? line + 1 : end;
    redact(line, (size_t)(end - line), true, &open);
    for (size_t i = 0; i < open.length; i++)
        add_byte(&clean, open.data[i]);
    const char *lines =
        buf_failed(&open) || buf_failed(&clean) ? "" : last_lines(buf_text(&clean), clean.length, TAIL_SIZE - 1);
    size_t n = strlen(lines);
    memcpy(ret, lines, n + 1);
    return n;
}
