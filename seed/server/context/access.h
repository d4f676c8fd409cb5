/* SPDX-License-Identifier: Apache-2.0
 * Who may act: the operator, and machines that the site's policy lets in. */
#pragma once
#include "request.h"

/* Whether the request came over the admin socket, or by TLS with the operator's certificate. */
bool access_operator(const struct request *request);

/* False for a request that another site's page sent from the operator's browser (server/decide/origin.h). */
bool access_same_site(const struct request *request);

/* Both of the above. */
bool access_operator_here(const struct request *request);

/* Whether the site's policy lets this claim in (`enrol`, docs/tls.md). */
/* How the request came, for record/claim_rules.h. */
struct claim_channel access_claim_channel(const struct request *request);

/* The replaced key of `claim` spoke: two machines have one MAC, and neither acts on the cluster before the operator
 * decides. In the audit log once. */
void access_contest(struct request *request, const struct store_claim *claim);

/* The refusal of what a claim may not do yet; not for CLAIM_MAY. */
enum MHD_Result access_refuse(struct request *request, enum claim_standing standing);

bool access_approved(const struct request *request, const struct store_claim *claim);

/* Answers a machine that left the cluster for good. */
enum MHD_Result access_refuse_retired(struct request *request, const char *hostname);
