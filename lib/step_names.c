/* SPDX-License-Identifier: Apache-2.0
 * See step_names.h. */
#include "step_names.h"

#include <string.h>

static const char *const list[STEP_NAMES + 1] = {
#define STEP(name) #name,
#include "step_names.def"
#undef STEP
    "other",
};

const char *step_name(enum step_name step) {
    return list[step < STEP_NAMES ? step : STEP_NAMES];
}

enum step_name step_name_find(const char *name) {
    unsigned i = 0;
    while (i < STEP_NAMES && strcmp(list[i], name) != 0)
        i++;
    return (enum step_name)i;
}

bool step_name_is_boot(enum step_name step) {
    return step <= STEP_claim;
}
