/* SPDX-License-Identifier: Apache-2.0
 * Who of the masters does for the machine in hand what that cannot do for itself. */
#pragma once
#include <stdbool.h>

struct agent;

/* Whether it is this master: the first of the site, `but` left out, whose API server answers. */
bool helper_is_me(struct agent *agent, const char *but);
