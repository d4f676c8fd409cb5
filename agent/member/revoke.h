/* SPDX-License-Identifier: Apache-2.0
 * No bootstrap token outlives its join: what was minted for a ticket is deleted from the cluster once the ticket ended,
 * well or not, by whichever master looks first. */
#pragma once
#include "error.h"
#include <stddef.h>

struct agent;

/* Looks at every bootstrap token once. *ret_left: those of joins that may go on. */
int revoke_ended(struct agent *agent, size_t *ret_left, struct error *err);
