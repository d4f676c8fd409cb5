/* SPDX-License-Identifier: Apache-2.0
 * The names of the steps, as events have them. step_names.def is the list. */
#pragma once
#include <stdbool.h>

enum step_name {
#define STEP(name) STEP_##name,
#include "step_names.def"
#undef STEP
    STEP_NAMES
};

const char *step_name(enum step_name step);      /* "other" for STEP_NAMES */
enum step_name step_name_find(const char *name); /* STEP_NAMES: there is no such step */

/* Whether a machine reports it only while it starts. */
bool step_name_is_boot(enum step_name step);
