/* SPDX-License-Identifier: Apache-2.0
 * A master's own components end and kubelet starts them again: steps of more than one kind of work. Each goes on when
 * the control plane is healthy. */
#pragma once
#include "error.h"

struct work;

int components_restart_etcd(const struct work *work, struct error *err);
int components_restart_api_server(const struct work *work, struct error *err);
int components_restart_controllers(const struct work *work, struct error *err); /* and the scheduler */

/* Waits until the control plane was healthy for work->soak_s without a break. */
int components_soak(const struct work *work, struct error *err);

/* The same, and etcd may be full. */
int components_soak_full(const struct work *work, struct error *err);
