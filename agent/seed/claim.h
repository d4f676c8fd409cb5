/* SPDX-License-Identifier: Apache-2.0
 * Who this machine is to the seed: the claim binds MAC, SMBIOS UUID and key (docs/tls.md). */
#pragma once
#include "client.h"

/* POST /v1/claim. Sets client->claim and keeps it for the next process. With TLS the key is that of
 * AGENT_STATE/identity.*, which must exist; else AGENT_STATE/claim.key (0600), made on first use. ENOENT: the site does
 * not have this machine's MAC. EEXIST: another machine holds the claim. EAGAIN: the operator must approve it. */
int claim_make(struct seed_client *client, struct error *err);

/* POST /v1/claim/kept: tells the seed that the key is where it outlives the machine's power, or that there is no such
 * place. Before that the machine gets nothing of the cluster. 0 also when the seed is older and does not ask. EEXIST:
 * the seed still listens for another key; ask again. */
int claim_keep(struct seed_client *client, struct error *err);

/* The claim that an earlier process made; false: there is none. */
bool claim_recall(struct seed_client *client);

/* Fills in client->fingerprint of a key that an earlier process made. */
void claim_recall_fingerprint(struct seed_client *client);
