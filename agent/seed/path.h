/* SPDX-License-Identifier: Apache-2.0
 * Checks the MTU of the path to the seed, once the seed answered. */
#pragma once
#include "error.h"
struct agent;
struct seed_client;

/* 0: packets of the link's full size reach the seed, or it does not say. -1: they vanish, SR-PATH-MTU, or it cannot be
 * seen. */
int path_carries(const struct seed_client *seed, struct error *err);

/* Reports, in the log and at the seed, a path that drops full-sized packets without an ICMP message, with the remedy.
 * Never fails. Takes milliseconds when all is well, else at most 2 s. Says nothing if the seed does not answer ICMP
 * echo or is reached by IPv6. */
void path_report(struct agent *agent);
