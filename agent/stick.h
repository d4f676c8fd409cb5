/* SPDX-License-Identifier: Apache-2.0
 * The medium that this machine booted from, where it carries layers and role documents (`make iso OFFLINE=1`): found by
 * its label. */
#pragma once
#include "agent.h"
#include "buf.h"

#define STICK_LABEL "SEEDRACK"
#define STICK "/run/seedrack/stick"

/* Mounts it read-only at STICK. Waits for it in the first 20 s after the kernel's start: USB takes seconds. ENOENT when
 * there is none. Mounted already: success. */
int stick_mount(struct error *err);

/* STICK/roles/<mac>.json of one of our cards, with dashes in the MAC. */
int stick_role(struct agent *agent, struct buf *ret_text, struct error *err);
