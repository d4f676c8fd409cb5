/* SPDX-License-Identifier: Apache-2.0
 * A master gives all Nodes the labels and taints that the site says, whenever that changes. */
#pragma once

struct agent;

/* Never returns; runs in a process of its own on masters. The first living one does it. */
void labels_forever(struct agent *agent) __attribute__((noreturn));
