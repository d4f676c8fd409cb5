/* SPDX-License-Identifier: Apache-2.0
 * The registries of the role document become containerd's folders, with authorities and logins. They lie on the data
 * partition, 0600, so that a machine that starts without its seed still pulls. containerd reads them at each pull. */
#pragma once
#include "agent.h"

int registry_hosts_differ(struct agent *agent, struct error *err); /* 1, 0, -1 */
int registry_hosts_apply(struct agent *agent, struct error *err);
