/* SPDX-License-Identifier: Apache-2.0
 * Whether who answers at the seed's address is the seed of the site that this machine was booted for (docs/tls.md). */
#pragma once
#include "client.h"
#include "decide/paths.h"

#define TRUST_FILE AGENT_RUN "/seed-ca.crt" /* the authority that client->pin is the hash of */

/* Fetches the authority into TRUST_FILE and sets client->tls_port. Somebody who answers and is not the seed is as good
 * as nobody: EHOSTUNREACH, and SR-SEED-PIN. */
int trust_find(struct seed_client *client, struct error *err);

/* What to do about a seed that does not answer. Always -1. */
int trust_silent(const struct seed_client *client, struct error *err);
