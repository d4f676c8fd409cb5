/* SPDX-License-Identifier: Apache-2.0
 * A machine reboots into what the seed serves now: kernel, userland, layers; in an upgrade into another release, after
 * its kubeadm has done its part (upgrade.h). Another master drains it first, sees it come back, and lets pods onto it
 * again (drain.h): the identity of its own kubelet may not. */
#pragma once
#include "error.h"

struct agent;
struct slot_record;

/* The work of the machine whose turn it is: takes the slot and reboots; after that boot it waits until it is whole, and
 * gives the slot back. */
int rollout_once(struct agent *agent, const struct slot_record *record, struct error *err);
