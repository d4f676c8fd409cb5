/* SPDX-License-Identifier: Apache-2.0
 * The maintenance slot (docs/maintenance.md), as a machine of the cluster sees it: the seed's record says whose turn it
 * is.
 */
#pragma once
#include "error.h"
#include <stdbool.h>
#include <stdint.h>

struct agent;

/* The record, as far as a machine needs it. */
struct slot_record {
    int64_t version; /* 0: not known yet */
    bool closed;     /* no order is open */
    bool running;    /* else paused or halted */
    bool mine;       /* this machine has the slot */
    bool my_turn;    /* nobody has it, and this machine is the next one */
};

/* Waits up to `wait_s` seconds for a record of another version than ret->version, and reads it. */
int slot_look(struct agent *agent, const char *kind, unsigned wait_s, struct slot_record *ret, struct error *err);

/* Asks for the slot; *ret_token belongs to everything that is said with it. -1 with EPERM: the seed refused, it is not
 * this machine's turn after all. */
int slot_take(struct agent *agent, const char *kind, int64_t *ret_token, struct error *err);

/* Says what is done now. *ret_ahead_ms: how far this machine's clock is ahead of the seed's. */
int slot_step(struct agent *agent, int64_t token, const char *step, int64_t *ret_ahead_ms, struct error *err);
int slot_back(struct agent *agent, int64_t token, struct error *err);

/* Halts the order with the problem's code, words and remedy. */
int slot_fail(struct agent *agent, int64_t token, const struct error *problem, struct error *err);
