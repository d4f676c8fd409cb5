/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm (test double): kubeadm's commands that the agent uses. 0, or -1 with call->status as the exit status. */
#pragma once
#include "place.h"

int command_init(struct call *call, struct error *err); /* and `init phase upload-certs` */
int command_join(struct call *call, struct error *err);
int command_token(struct call *call, struct error *err);
int command_reset(struct call *call, struct error *err);
