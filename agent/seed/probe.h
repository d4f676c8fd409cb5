/* SPDX-License-Identifier: Apache-2.0
 * Whether the seed answers, and is ours: GET /healthz. Its Date sets the clock, before any certificate is judged. */
#pragma once
#include "client.h"

/* 0 with client->date set. `site`: the only one that the boot medium is for, "" for any; EPERM: it is another one's
 * seed. */
int probe_seed(struct seed_client *client, const char *site, struct error *err);
