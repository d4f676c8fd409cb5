/* SPDX-License-Identifier: Apache-2.0
 * Whether the seed answers, and serves the right site: GET /healthz. Its Date header sets the clock before any
 * certificate is judged. */
#pragma once
#include "client.h"

/* 0 with client->date set. `site`: the site that the boot medium is for, "" for any. EPERM: the seed serves another
 * site. */
int probe_seed(struct seed_client *client, const char *site, struct error *err);
