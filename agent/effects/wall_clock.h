/* SPDX-License-Identifier: Apache-2.0
 * The wall clock, and the RTC behind it. */
#pragma once
#include "error.h"
#include <stdbool.h>
#include <time.h>

/* False: it is in the past, as that of a machine whose battery is empty. */
bool wall_clock_is_believable(void);

int wall_clock_set(time_t now, struct error *err);

/* So that the next boot starts with it; a machine without an RTC is no worse off. */
void wall_clock_write_rtc(time_t now);
