/* SPDX-License-Identifier: Apache-2.0
 * A living master tells the seed, for people, what it alone sees: whether it holds the VIP, and etcd's list of members.
 */
#pragma once
struct agent;

/* Never returns; in a process of its own. */
void status_forever(struct agent *agent) __attribute__((noreturn));
