/* SPDX-License-Identifier: Apache-2.0
 * fake-kubeadm (test double): `fake-kubeadm serve`, etcd's and the API server's ports of a master. */
#pragma once
#include "place.h"

/* Serves until a signal ends the process; returns only on failure. */
int serve(struct call *call, struct error *err);
