/* SPDX-License-Identifier: Apache-2.0
 * The two kernels that an installed machine has on its disk, and which of them GRUB boots: its environment block (GRUB
 * manual, "Environment block"). grub.cfg boots `try` once, else `slot`. Pure; storage/install.c writes the block. */
#pragma once
#include "error.h"
#include <stddef.h>

enum { SLOTS = 2, SLOTS_BLOCK_SIZE = 1024, SLOT_NONE = -1 };

struct slots {
    int chosen;             /* what boots: 0 is slot a, 1 is slot b; or SLOT_NONE */
    int tried;              /* what boots next time, and only then; or SLOT_NONE */
    char sha256[SLOTS][65]; /* of the boot layer that is completely in it; "": nothing, or only part of one */
};
#define SLOTS_EMPTY ((struct slots){.chosen = SLOT_NONE, .tried = SLOT_NONE})

/* Other programs' keys are skipped. EBADMSG: not an environment block, or it boots a slot that is empty. */
int slots_parse(const char *block, size_t length, struct slots *ret, struct error *err);
void slots_render(const struct slots *slots, char ret[static SLOTS_BLOCK_SIZE]);

/* What must be done so that the machine boots the boot layer `sha256`. */
enum slots_action {
    SLOTS_INSTALLED, /* nothing */
    SLOTS_WITHDRAWN, /* the other slot waits for its trial, and the site went back before it: it is emptied */
    SLOTS_AWAITED,   /* nothing: it is in a slot that the next boot tries */
    SLOTS_REJECTED,  /* nothing: it was tried, did not become Ready, and the old one booted again */
    SLOTS_RUNNING,   /* nothing yet: it is tried right now */
    SLOTS_WRITE,     /* into *ret_slot */
};
enum slots_action slots_decide(const struct slots *slots, const char *sha256, int booted, int *ret_slot);

/* To be called before the first byte of a slot is written, and after the last. The first slot that a machine gets is
 * chosen at once; a later one is tried first. */
void slots_begin(struct slots *slots, int slot);
void slots_finish(struct slots *slots, int slot, const char *sha256);

/* The machine booted from `slot` and is Ready: that slot is chosen, and the other one is free. Returns 1 when anything
 * changed, else 0. */
int slots_confirm(struct slots *slots, int slot);

static inline char slot_letter(int slot) {
    return (char)('a' + slot);
}
