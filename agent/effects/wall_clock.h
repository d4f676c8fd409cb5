/* SPDX-License-Identifier: Apache-2.0
 * The wall clock, and the RTC behind it. */
#pragma once
#include "error.h"
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* False: it is years in the past, as when the battery of the RTC is empty. */
bool wall_clock_is_believable(void);

int wall_clock_set(int64_t now_ms, struct error *err); /* milliseconds since 1970 */

/* Sets the RTC, so that the next boot starts with the right time. Does nothing on a machine without an RTC. */
void wall_clock_write_rtc(time_t now);
