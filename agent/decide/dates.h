/* SPDX-License-Identifier: Apache-2.0
 * Which dates a clock may show. Pure. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* Whether a clock can be right, in Unix seconds: not before this release was made (but for a day, since time zones
 * differ), and not ten years after. A clock without a battery says 1970; no certificate of a site is older. */
bool date_believable(int64_t now);

enum { DATE_SIZE = 32 };

/* "2026-11-29", of any date. */
void date_text(int64_t date, char ret[static DATE_SIZE]);
