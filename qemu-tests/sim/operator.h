/* SPDX-License-Identifier: Apache-2.0
 * The operator of the simulated rack: what only a person may do. */
#pragma once

struct world;

/* What he does about QUARANTINE, and at any time by mistake. */
void operator_recovers_or_rearms(struct world *world);

/* As the errors' remedies say: restores, recovers or rearms, and wipes the machines of the old cluster. */
void operator_looks(struct world *world);
