/* SPDX-License-Identifier: Apache-2.0
 * A Ready master tells the seed its status, for people: whether it holds the VIP, and etcd's list of members. */
#pragma once
struct agent;

/* Never returns; runs in a process of its own. */
void status_forever(struct agent *agent) __attribute__((noreturn));
