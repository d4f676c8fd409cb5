/* SPDX-License-Identifier: Apache-2.0
 * One chain of Seedrack's in the kernel's filter table. A rule in INPUT jumps to it for one IP protocol. All other
 * rules stay as they are. */
#pragma once
#include "error.h"
#include <stdbool.h>

/* Whether the kernel has the chain with `rules` (text for iptables-restore(8)) and jumps to it. False also on errors:
 * firewall_apply() reports them. */
bool firewall_has(const char *rules, const char *chain, unsigned protocol);

/* Makes that so. The chain is replaced as a whole, in one step. */
int firewall_apply(const char *rules, const char *chain, unsigned protocol, struct error *err);
