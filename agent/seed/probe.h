/* SPDX-License-Identifier: Apache-2.0
 * Whether the seed answers, and serves the right site: GET /healthz. Its Date header sets the clock before any
 * certificate is judged. */
#pragma once
#include "client.h"
#include <stdint.h>

/* 0 with client->date set. `site`: the site that the boot medium is for, "" for any. EPERM: the seed serves another
 * site. */
int probe_seed(struct seed_client *client, const char *site, struct error *err);

/* How far this machine's clock is before the seed's, in milliseconds; negative: behind it. The error is at most half of
 * the time that the answer took (as in NTP, RFC 5905, 8). ENOMSG: the seed is older and does not say. */
int probe_clock(const struct seed_client *client, int64_t *ret_ahead_ms, struct error *err);
