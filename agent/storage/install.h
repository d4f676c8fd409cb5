/* SPDX-License-Identifier: Apache-2.0
 * What makes the machine start without PXE and without the seed (docs/install.md). Part of step 13: a node that is
 * Ready is worth more than its next boot, so trouble is told and tried again. */
#pragma once
#include "error.h"

struct agent;

/* The role document's boot layer is in a slot, and what boots next. Done once for each; ENODEV: the disk has no place
 * for it. */
int install_follow(struct agent *agent, struct error *err);

/* The machine is Ready: the slot that it booted from is the one that boots from now on. */
int install_confirm(struct agent *agent, struct error *err);
