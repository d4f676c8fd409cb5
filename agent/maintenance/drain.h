/* SPDX-License-Identifier: Apache-2.0
 * What a living master does for the machine in hand: its pods leave it by the Eviction API before it reboots, and pods
 * may come again when it is back. It takes back a cordon of ours and no other. */
#pragma once
#include "error.h"
#include <stdbool.h>
#include <stdint.h>

struct agent;
struct slot_record;

/* How far the help in one step of the holder has come. Zeroed: nothing yet. */
struct drain {
    int64_t swept;           /* the version of the closed record for which drain_sweep() was done */
    int64_t token, since_ms; /* of the step that the rest is about */
    int64_t begun_ms;        /* CLOCK_BOOTTIME */
    int64_t well_since_ms;   /* 0: not all is well */
    char refused[sizeof(((struct error *)0)->message)]; /* the last pod that could not go yet, and why */
};

/* Whether this master is the one that helps now (helper.h). */
bool drain_is_mine(struct agent *agent, const struct slot_record *record);

/* Begins anew when the record is at another step than `drain`. */
void drain_follow(struct drain *drain, const struct slot_record *record);

/* Goes on with what the holder waits for. 1: done, and told to the seed. 0: it takes longer; call again soon. -1: it
 * failed, which halted the order, or this machine's API server does not answer. */
int drain_help(struct agent *agent, const struct slot_record *record, struct drain *drain, struct error *err);

/* The pods of the holder leave. 1: none is left that must leave; 0 and -1 as drain_help(). A machine that is retired
 * loses also those without a controller. */
int drain_pods(struct agent *agent, const struct slot_record *record, struct drain *drain, struct error *err);

/* When no order is open: takes back the cordons of ours that one left which was forced or aborted. */
void drain_sweep(struct agent *agent, const struct slot_record *record, struct drain *drain);

/* The only master of a site does the second half for itself. */
int drain_return_alone(struct agent *agent, int64_t token, struct error *err);
