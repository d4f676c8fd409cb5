/* SPDX-License-Identifier: Apache-2.0
 * Every layer that is to be fetched, a process a layer: they share the line and the cores. */
#pragma once
#include "error.h"

struct agent;

/* Into DATA_LAYERS; progress is told once a second. */
int fetch_all_layers(struct agent *agent, struct error *err);

/* On a running machine: so that layers_kept() holds, and the machine can be powered off and on. */
int fetch_next_boot(struct agent *agent, struct error *err);
