/* SPDX-License-Identifier: Apache-2.0
 * The path to the seed, once the seed was heard. */
#pragma once
struct agent;

/* Reports a path that drops full-sized packets without a word, in the log and at the seed, with the remedy; goes on
 * either way. Takes milliseconds where all is well, 2 s at most, and says nothing where the seed answers no ICMP echo
 * or is reached by IPv6. */
void path_report(struct agent *agent);
