/* SPDX-License-Identifier: Apache-2.0
 * What the maintenance record does with a machine that leaves the cluster for good: it goes through a row of steps,
 * which others do, or the machine itself. Only maintenance.c calls this. Pure. */
#pragma once
#include "maintenance.h"

/* The machine does that step itself. */
bool maintenance_retire_is_own(const char *step);

/* Nothing has happened to the machine in hand that would have to be undone, but for a cordon. */
bool maintenance_retire_is_reversible(const struct maintenance *record);

/* The next machine's turn begins without its word: it may be off. Does nothing where it is nobody's. */
void maintenance_retire_next(struct maintenance *record, int64_t now_ms);

/* HELPED: a step is over, its own by the machine's word, the others by that of another one. */
enum maintenance_answer maintenance_retire_help(struct maintenance *next, const struct maintenance_event *event);

/* After a halt the step of the machine in hand begins anew. */
void maintenance_retire_again(struct maintenance *record, int64_t now_ms);
