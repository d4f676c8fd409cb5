/* SPDX-License-Identifier: Apache-2.0
 * The maintenance slot (docs/maintenance.md), as a machine of the cluster sees it: the seed's record says whose turn it
 * is.
 */
#pragma once
#include "error.h"
#include <stdbool.h>
#include <stdint.h>

struct agent;

enum { SLOT_NAME_SIZE = 64, SLOT_WORD_SIZE = 32, SLOT_BOOT_SIZE = 37 };

/* The record, as far as a machine needs it. */
struct slot_record {
    int64_t version;         /* 0: not known yet */
    int64_t token, since_ms; /* since_ms: when the holder began its step, wall clock of the seed */
    bool closed;             /* no order is open */
    bool running;            /* else paused or halted */
    bool halted;
    bool aborted; /* the machine in hand leaves what it has not begun */
    bool mine;    /* this machine has the slot */
    bool my_turn; /* nobody has it, and this machine is the next one */
    char kind[SLOT_WORD_SIZE], step[SLOT_WORD_SIZE];
    char holder[SLOT_NAME_SIZE];    /* who has it; "": nobody */
    char boot[SLOT_BOOT_SIZE];      /* the boot of the holder that took it; "": not told */
    bool lose_data, off, keep_disk; /* of a machine that is retired: the operator's word */
    int soak_s, drain_s;            /* as the order has them */
    char target[SLOT_WORD_SIZE];    /* the release to which the cluster is being upgraded; "": none */
    bool must_hold;                 /* an upgrade waits for this machine's word that it has all of it */
    int64_t restored;               /* the turn in which the cluster was last restored from a backup; 0: never */
    bool moved;                     /* some machine boots the target by now: kubeadm's part for the cluster is done */
};

/* Waits up to `wait_s` seconds for a record of another version than ret->version, and reads it. A seed whose record has
 * an earlier turn than this machine remembers is told. */
int slot_look(struct agent *agent, unsigned wait_s, struct slot_record *ret, struct error *err);

/* Asks for the slot, from this boot, and remembers the turn on the disk; *ret_token belongs to everything that is said
 * with it. -1 with EPERM: the seed refused, it is not this machine's turn after all. */
int slot_take(struct agent *agent, const char *kind, int64_t *ret_token, struct error *err);

/* Writes a turn to the disk, as slot_take() does. `target`: of an upgrade, else "". `done`: it is over. */
int slot_remember(struct agent *agent, int64_t token, const char *kind, const char *target, bool done,
                  struct error *err);

/* Says what is done now. *ret_ahead_ms: how far this machine's clock is ahead of the seed's. */
int slot_step(struct agent *agent, int64_t token, const char *step, int64_t *ret_ahead_ms, struct error *err);
/* Says that the target is on this machine's disk. */
int slot_held(struct agent *agent, const char *target, struct error *err);

int slot_back(struct agent *agent, const char *kind, int64_t token, struct error *err);

/* Masters: the holder's step is done for it. Of a machine that is retired, also its own word that its step is done. */
int slot_helped(struct agent *agent, int64_t token, const char *step, struct error *err);

/* Halts the order with the problem's code, words and remedy; masters, also that of another machine in `step`; NULL: its
 * own. */
int slot_fail(struct agent *agent, int64_t token, const char *step, const struct error *problem, struct error *err);

/* Waits until another master has done `step` for this machine. ECANCELED: the order halted or was aborted, or the slot
 * was taken away. Goes on while the seed is away. */
int slot_await_help(struct agent *agent, int64_t token, const char *step, struct error *err);

/* The kernel's id of this boot (proc_sys_kernel(5), random/boot_id); "": it cannot be read. */
void slot_boot(struct agent *agent, char ret[static SLOT_BOOT_SIZE]);
