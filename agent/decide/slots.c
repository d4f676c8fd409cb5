/* SPDX-License-Identifier: Apache-2.0
 * See slots.h. */
#include "slots.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char head[] = "# GRUB Environment Block\n";

static bool read_slot(const char *value, size_t length, int *ret) {
    *ret = length == 0 ? SLOT_NONE : value[0] - 'a';
    return length == 0 || (length == 1 && *ret >= 0 && *ret < SLOTS);
}

static bool read_sha256(const char *value, size_t length, char ret[static 65]) {
    if (length != 0 && (length != 64 || strspn(value, "0123456789abcdef") < 64))
        return false;
    memcpy(ret, value, length);
    ret[length] = '\0';
    return true;
}

/* Reads "key=value". Other keys belong to grub.cfg or to somebody else and are left alone. */
static bool read_line(const char *line, size_t length, struct slots *slots) {
    const char *equals = memchr(line, '=', length);
    if (!equals)
        return true;
    size_t name = (size_t)(equals - line), value = length - name - 1;
    if (name == strlen("slot") && !memcmp(line, "slot", name))
        return read_slot(equals + 1, value, &slots->chosen);
    if (name == strlen("try") && !memcmp(line, "try", name))
        return read_slot(equals + 1, value, &slots->tried);
    if (name == strlen("slot_x") && !memcmp(line, "slot_", name - 1) && line[5] >= 'a' && line[5] < 'a' + SLOTS)
        return read_sha256(equals + 1, value, slots->sha256[line[5] - 'a']);
    return true;
}

int slots_parse(const char *block, size_t length, struct slots *ret, struct error *err) {
    struct slots slots = SLOTS_EMPTY;
    if (length != SLOTS_BLOCK_SIZE || memcmp(block, head, strlen(head)) != 0)
        return error_set(err, EBADMSG, "not a GRUB environment block");
    for (const char *at = block, *end = block + length; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (at[0] != '#' && (!newline || !read_line(at, (size_t)(newline - at), &slots)))
            return error_set(err, EBADMSG, "GRUB environment block: a line that cannot be read");
        at = newline ? newline + 1 : end;
    }
    if ((slots.chosen != SLOT_NONE && !slots.sha256[slots.chosen][0]) ||
        (slots.tried != SLOT_NONE && !slots.sha256[slots.tried][0]))
        return error_set(err, EBADMSG, "GRUB environment block: it boots a slot that has nothing in it");
    *ret = slots;
    return 0;
}

void slots_render(const struct slots *slots, char ret[static SLOTS_BLOCK_SIZE]) {
    char text[512], chosen[2] = "", tried[2] = "";
    if (slots->chosen != SLOT_NONE)
        chosen[0] = slot_letter(slots->chosen);
    if (slots->tried != SLOT_NONE)
        tried[0] = slot_letter(slots->tried);
    int length = snprintf(text, sizeof(text), "%sslot=%s\ntry=%s\nslot_a=%s\nslot_b=%s\n", head, chosen, tried,
                          slots->sha256[0], slots->sha256[1]);
    memset(ret, '#', SLOTS_BLOCK_SIZE);
    memcpy(ret, text, (size_t)length);
}

enum slots_action slots_decide(const struct slots *slots, const char *sha256, int booted, int *ret_slot) {
    int other = slots->chosen == SLOT_NONE ? 0 : !slots->chosen;
    *ret_slot = other;
    if (slots->chosen != SLOT_NONE && !strcmp(slots->sha256[slots->chosen], sha256))
        return slots->tried == other ? SLOTS_WITHDRAWN : SLOTS_INSTALLED;
    if (slots->chosen == SLOT_NONE || strcmp(slots->sha256[other], sha256) != 0)
        return SLOTS_WRITE;
    if (slots->tried == other)
        return SLOTS_AWAITED;
    return booted == other ? SLOTS_RUNNING : SLOTS_REJECTED;
}

void slots_begin(struct slots *slots, int slot) {
    slots->sha256[slot][0] = '\0';
    if (slots->tried == slot)
        slots->tried = SLOT_NONE;
    if (slots->chosen == slot)
        slots->chosen = SLOT_NONE;
}

void slots_finish(struct slots *slots, int slot, const char *sha256) {
    snprintf(slots->sha256[slot], sizeof(slots->sha256[slot]), "%s", sha256);
    if (slots->chosen == SLOT_NONE)
        slots->chosen = slot;
    else
        slots->tried = slot;
}

int slots_confirm(struct slots *slots, int slot) {
    if (slots->chosen == slot || slots->tried == slot /* written again since */ || !slots->sha256[slot][0])
        return 0;
    slots->chosen = slot;
    slots_begin(slots, !slot); /* if the site goes back to it, it is written and tried again */
    return 1;
}
