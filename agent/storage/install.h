/* SPDX-License-Identifier: Apache-2.0
 * Installs kernel and initramfs on the machine's disk, so that it starts without PXE and without the seed
 * (docs/install.md). Part of step 13. A failure does not stop a Ready node: it is reported and tried again. */
#pragma once
#include "error.h"

struct agent;

/* Puts the role document's boot layer into a slot that the next boot takes. Done once for each boot layer. ENODEV: the
 * disk has no partitions for it. */
int install_follow(struct agent *agent, struct error *err);

/* To be called when the machine is Ready: the slot that it booted from is the chosen one from now on. */
int install_confirm(struct agent *agent, struct error *err);
