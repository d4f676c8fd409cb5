/* SPDX-License-Identifier: Apache-2.0
 * The version of the programs. version.c is the only object that depends on it. */
#pragma once
#include <stdint.h>

/* "0.9.0" in a tree that is exactly that tag, "0.9.0+g1a2b3c4" elsewhere, with ".dirty" where files differ from the
 * commit (scripts/version). */
const char *version_text(void);

/* 0:00 UTC of the day in VERSION, in Unix seconds. */
int64_t version_released(void);
