/* SPDX-License-Identifier: Apache-2.0
 * Who this machine is to the seed: the claim binds MAC, SMBIOS UUID and key (docs/tls.md). */
#pragma once
#include "client.h"

/* POST /v1/claim. Sets client->claim and keeps it for the next process. With TLS the key is that of
 * AGENT_STATE/identity.*, which must exist; else AGENT_STATE/claim.key (0600), made on first use. ENOENT: the site does
 * not have this machine's MAC. EEXIST: another machine holds the claim. EAGAIN: the operator must approve it. */
int claim_make(struct seed_client *client, struct error *err);

/* The claim that an earlier process made; false: there is none. */
bool claim_recall(struct seed_client *client);

/* Fills in client->fingerprint of a key that an earlier process made. */
void claim_recall_fingerprint(struct seed_client *client);
