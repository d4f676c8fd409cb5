/* SPDX-License-Identifier: Apache-2.0
 * Who this machine is to the seed: the claim binds MAC, SMBIOS UUID and key (docs/tls.md). */
#pragma once
#include "client.h"

/* POST /v1/claim; client->claim is set, and kept for the next process. By TLS the key is that of
 * AGENT_STATE/identity.*, which must be there; else AGENT_STATE/claim.key (0600) is made on first use. ENOENT: the seed
 * does not know our MAC; EEXIST: another machine holds it; EAGAIN: the operator has to approve it. */
int claim_make(struct seed_client *client, struct error *err);

/* The claim that an earlier process made; false: there is none. */
bool claim_recall(struct seed_client *client);

/* Fills in client->fingerprint of a key that an earlier process made. */
void claim_recall_fingerprint(struct seed_client *client);
