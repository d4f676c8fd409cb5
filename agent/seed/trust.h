/* SPDX-License-Identifier: Apache-2.0
 * Whether the host at the seed's address is the seed of the site that this machine was booted for (docs/tls.md). */
#pragma once
#include "client.h"
#include "decide/paths.h"

#define TRUST_FILE AGENT_RUN "/seed-ca.crt" /* the authority whose hash is client->pin */

/* Fetches the authority into TRUST_FILE and sets client->tls_port. A host that answers and is not the seed counts as no
 * answer: EHOSTUNREACH, with SR-SEED-PIN. */
int trust_find(struct seed_client *client, struct error *err);

/* Whether the certificate was not accepted because it may be too old a generation: then adds the remedy. */
bool trust_refuses(const struct seed_client *client, struct error *err);

/* Adds code and remedy for a seed that does not answer. Always -1. */
int trust_silent(const struct seed_client *client, struct error *err);
