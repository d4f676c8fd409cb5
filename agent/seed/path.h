/* SPDX-License-Identifier: Apache-2.0
 * Checks the MTU of the path to the seed, once the seed answered. */
#pragma once
struct agent;

/* Reports, in the log and at the seed, a path that drops full-sized packets without an ICMP message, with the remedy.
 * Never fails. Takes milliseconds when all is well, else at most 2 s. Says nothing if the seed does not answer ICMP
 * echo or is reached by IPv6. */
void path_report(struct agent *agent);
