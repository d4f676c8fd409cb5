/* SPDX-License-Identifier: Apache-2.0
 * The medium that this machine booted from, where it carries layers and role documents (`make iso OFFLINE=1`): found by its label. */
#pragma once
#include "agent.h"
#include "buf.h"

#define STICK_LABEL "SEEDRACK"
#define STICK "/run/seedrack/stick"

/* Mounts it read-only at STICK. ENOENT when there is none (yet: USB takes seconds). Mounted already: success. */
int stick_mount(struct error *err);

/* STICK/roles/<mac>.json of one of our cards, with dashes in the MAC. */
int stick_role(struct agent *agent, struct buf *ret_text, struct error *err);
