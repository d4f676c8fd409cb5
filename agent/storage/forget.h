/* SPDX-License-Identifier: Apache-2.0
 * Removes layers that a machine's disk need not keep any longer. */
#pragma once
#include "role.h"

/* Removes from its disk the layers that neither this boot nor the next wants. Trouble is logged. */
void layers_forget(const struct role *role);
