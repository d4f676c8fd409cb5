/* SPDX-License-Identifier: Apache-2.0
 * One chain of ours in the kernel's filter table, entered from INPUT by one IP protocol; everybody else's rules stay as
 * they are. */
#pragma once
#include "error.h"
#include <stdbool.h>

/* Whether the kernel has the chain as `rules` (text for iptables-restore(8)) say, and enters it. Trouble is told by
 * firewall_apply(). */
bool firewall_has(const char *rules, const char *chain, unsigned protocol);

/* Makes it so; the chain is replaced as a whole, in one step. */
int firewall_apply(const char *rules, const char *chain, unsigned protocol, struct error *err);
