/* SPDX-License-Identifier: Apache-2.0
 * Orders to BMCs, and what a BMC says as evidence for other orders of the operator (docs/operating.md). */
#pragma once
#include "server/context/request.h"

/* Begins to speak to the BMC of the machine for this request: request->power_id. */
int power_begin(struct request *request, const struct site_node *node, enum power_act act, struct error *err);

/* What was said; NULL: nothing yet, and the request is suspended. The handler returns MHD_YES then. */
const struct power_result *power_await(struct request *request);

/* Asks the machine's BMC whether it is on. True: it is being asked, and the handler returns MHD_YES. False: *ret_power
 * is what it said; POWER_IS_UNKNOWN where it does not answer, there is none, or `node` is NULL. */
bool power_evidence_awaited(struct request *request, const struct site_node *node, enum power_state *ret_power);

/* For the audit log: ", off by its BMC"; "" where it is not known. */
const char *power_evidence_text(enum power_state power);
