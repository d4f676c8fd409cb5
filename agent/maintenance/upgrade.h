/* SPDX-License-Identifier: Apache-2.0
 * The release to which the cluster is being upgraded, on a machine that does not boot it yet: its layers and images,
 * and kubeadm's part of the upgrade. The rest is a rollout (rollout.h). */
#pragma once
#include "error.h"
#include <stdbool.h>

struct agent;
struct slot_record;
struct work;

/* Puts the target's layers and images on this machine, and tells the seed. Repeatable. */
int upgrade_hold(struct agent *agent, const struct slot_record *record, struct error *err);

/* A step of the machine in hand, drained: the target's kubeadm upgrades what this machine runs. On the first master
 * also what the cluster has once. From then on the machine boots the target, also without the seed. */
int upgrade_with_kubeadm(const struct work *work, struct error *err);

/* The step after it, with which the seed gives the machine the target. On a master whatever the new programs began
 * comes to its end, and the control plane is well. Else the reboot would add to it. */
int upgrade_await_control_plane(const struct work *work, struct error *err);

/* kubelet asks the API server again that it asked before kubeadm's part, also after a power cut in it: from its next
 * start on, or at once. Nothing happens where it asks its own. */
int upgrade_ask_own(const struct agent *agent, bool at_once, struct error *err);

/* Whether that is done in this boot, and the reboot is still to come. */
bool upgrade_awaits_reboot(void);

/* Whether kubeadm has begun on this machine, in this boot or before, and the machine is not back yet: then an order
 * that was aborted is brought to its end here. */
bool upgrade_has_begun(void);
void upgrade_is_back(void);

/* All machines are of one release: what this one kept of the other goes. Trouble is logged. */
void upgrade_is_over(const struct agent *agent);
