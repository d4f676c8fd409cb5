/* SPDX-License-Identifier: Apache-2.0
 * Whether this machine's clock is right enough: certificates, tokens and Leases are of the moment. */
#pragma once
#include "error.h"

struct agent;

enum { CLOCK_OFF_MS = 1000 };

/* 0: within a second of the seed's, or the seed does not say. -1: SR-CLOCK-OFF, with how far it is off. */
int clock_offset_check(struct agent *agent, struct error *err);

/* Waits ten seconds for it, says so, and goes on: where no time server answers, nobody would set the clock. */
void clock_offset_wait(struct agent *agent);
