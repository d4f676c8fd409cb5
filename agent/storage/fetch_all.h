/* SPDX-License-Identifier: Apache-2.0
 * Fetches all layers at the same time, one process each, so that they share line and cores. */
#pragma once
#include "error.h"

struct agent;

/* Fetches what this boot needs into DATA_LAYERS. Reports progress once a second. */
int fetch_all_layers(struct agent *agent, struct error *err);

/* On a running machine: fetches what the next boot needs. Then layers_kept() is true and the machine may be powered off
 * and on. */
int fetch_next_boot(struct agent *agent, struct error *err);
