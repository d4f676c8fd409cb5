/* SPDX-License-Identifier: Apache-2.0
 * How a machine's turn and an order end, and what the holder does: small changes of the maintenance record that the
 * files of maintenance_next() share. Pure. */
#pragma once
#include "maintenance.h"

/* The first of those that wait goes. */
void maintenance_shift_waiting(struct maintenance *record);

/* What the holder does from now on. */
void maintenance_set_step(struct maintenance *record, const char *step, int64_t now_ms);

/* The holder's turn is over; so is the order, when nobody waits. */
void maintenance_let_go(struct maintenance *record, int64_t now_ms);
void maintenance_close_when_over(struct maintenance *record);

/* All machines are of one release, or none is known to be of another one. */
void maintenance_forget_target(struct maintenance *record);
