/* SPDX-License-Identifier: Apache-2.0
 * Which generation the seed's certificate must have: the command line, the machine's disk and the seed say one each,
 * and the highest counts (docs/tls.md). */
#pragma once
#include "client.h"

/* Takes what the disk has into client->generation, if it is higher. */
void generation_settle(struct seed_client *client);

/* After an answer by TLS: the seed has shown a certificate of client->generation, so the disk keeps that number.
 * `header`: what the seed said ("": nothing). A higher generation counts, and is kept, once the seed has
 * shown a certificate of it: else one who has an old key could shut this machine off from its seed. */
void generation_hear(struct seed_client *client, const struct http_options *options, const char *header);
