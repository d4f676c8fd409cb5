/* SPDX-License-Identifier: Apache-2.0
 * The two kernels that an installed machine has on its disk, and which of them GRUB boots: its environment block (GRUB
 * manual, "Environment block"). grub.cfg boots `try` once, else `slot`. Pure: steps/install.c writes it. */
#pragma once
#include "error.h"
#include <stddef.h>

enum { SLOTS = 2, SLOTS_BLOCK_SIZE = 1024, SLOT_NONE = -1 };

struct slots {
    int chosen;             /* what boots: 0 is slot a, 1 is slot b; or SLOT_NONE */
    int tried;              /* what boots next time, and only then; or SLOT_NONE */
    char sha256[SLOTS][65]; /* of the boot layer that is in it, whole; "": nothing, or half of one */
};
#define SLOTS_EMPTY ((struct slots){.chosen = SLOT_NONE, .tried = SLOT_NONE})

/* Keys that are not ours are passed over. EBADMSG: not an environment block, or one that names slots that there are
 * not. */
int slots_parse(const char *block, size_t length, struct slots *ret, struct error *err);
void slots_render(const struct slots *slots, char ret[static SLOTS_BLOCK_SIZE]);

/* What is to be done so that the machine boots `sha256`. */
enum slots_action {
    SLOTS_INSTALLED, /* nothing */
    SLOTS_WITHDRAWN, /* the other slot waits for its trial, and the site went back before it: it is emptied */
    SLOTS_AWAITED,   /* nothing: it is in a slot that the next boot tries */
    SLOTS_REJECTED,  /* nothing: it was tried, did not become Ready, and the old one booted again */
    SLOTS_RUNNING,   /* nothing yet: it is tried right now */
    SLOTS_WRITE,     /* into *ret_slot */
};
enum slots_action slots_decide(const struct slots *slots, const char *sha256, int booted, int *ret_slot);

/* Before the first byte of a slot is written, and after the last. The first slot of a machine is chosen, a later one is
 * tried. */
void slots_begin(struct slots *slots, int slot);
void slots_finish(struct slots *slots, int slot, const char *sha256);

/* The machine is Ready with that slot, as it booted from it: it is chosen, and the other one is free. Returns whether
 * anything changed. */
int slots_confirm(struct slots *slots, int slot);

static inline char slot_letter(int slot) {
    return (char)('a' + slot);
}
