/* SPDX-License-Identifier: Apache-2.0
 * What step 13 calls of the installation. */
#pragma once
#include "../agent.h"

/* The machine is Ready: the slot that it booted from is the one that boots from now on. Trouble is logged: a living node is worth more. */
void install_confirm(struct agent *agent);
