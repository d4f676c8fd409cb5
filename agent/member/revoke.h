/* SPDX-License-Identifier: Apache-2.0
 * Deletes bootstrap tokens from the cluster once their ticket has ended, well or not. Every master does this; the first
 * one that looks deletes. */
#pragma once
#include "error.h"
#include <stddef.h>

struct agent;

/* Looks at every bootstrap token once. *ret_left: how many belong to joins that may still be going on. */
int revoke_ended(struct agent *agent, size_t *ret_left, struct error *err);
