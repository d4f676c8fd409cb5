/* SPDX-License-Identifier: Apache-2.0
 * See world.h. */
#include "world.h"

const struct world world_real = {
#define WORLD(function) .function = function,
#include "world.def"
#undef WORLD
};
