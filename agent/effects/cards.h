/* SPDX-License-Identifier: Apache-2.0
 * The Ethernet cards of this machine with their addresses, for people. */
#pragma once
#include "decide/panel.h"

/* The first PANEL_CARDS cards, in the kernel's order, and the bonds and VLANs on them. *ret_n counts all; 0 when
 * nothing can be read. */
void cards_observe(struct panel_card ret[PANEL_CARDS], unsigned *ret_n);
