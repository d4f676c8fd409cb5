/* SPDX-License-Identifier: Apache-2.0
 * A worker that was off for longer than its kubelet's certificate lasts. It is a member and keeps its disk and its
 * Node; its kubelet gets a new certificate by a ticket, as at its join (kubernetes.io: TLS bootstrapping). */
#pragma once
#include "attempt.h"

/* Asks for a ticket, starts kubelet with it and waits for the certificate. Kubelet runs on success, and not after a
 * failure, which leaves nothing behind: it may be called again. */
int rejoin(struct agent *agent, struct attempt *attempt, struct error *err);
