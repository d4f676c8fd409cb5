/* SPDX-License-Identifier: Apache-2.0
 * New certificates for a master that runs: in its slot, by kubeadm, and then what uses them restarts, one component
 * after the other, each when the control plane is healthy again (kubernetes.io: Certificate Management with kubeadm).
 */
#pragma once
#include "error.h"

struct agent;
struct slot_record;

enum { RENEW_SOAK_S = 10 /* where no order says how long */ };

/* Takes the slot, works, and gives it back. -1: the control plane is not healthy, the seed refuses, or a step failed,
 * which halted the order. */
int renew_once(struct agent *agent, const struct slot_record *record, struct error *err);

/* For certificates that end soon while the slot cannot be had: without it. */
int renew_alone(struct agent *agent, const struct slot_record *record, struct error *err);
