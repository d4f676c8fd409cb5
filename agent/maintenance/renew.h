/* SPDX-License-Identifier: Apache-2.0
 * New certificates for a master that runs: in its slot, by kubeadm, and then what uses them restarts, one component
 * after the other, each when the control plane is healthy again (kubernetes.io: Certificate Management with kubeadm).
 */
#pragma once
#include "error.h"

struct agent;

/* Takes the slot, works, and gives it back. -1: the control plane is not healthy, the seed refuses, or a step failed,
 * which halted the order. */
int renew_once(struct agent *agent, struct error *err);

/* Never returns; runs in a process of its own. Works when it is this machine's turn in an order of the operator, and
 * asks for the slot by itself when less than a third of the configured validity is left. */
void renew_forever(struct agent *agent) __attribute__((noreturn));
