/* SPDX-License-Identifier: Apache-2.0
 * The passwords that a site's masters share: asked of the seed, kept beside the machine's key for a start without it.
 */
#pragma once
#include "client.h"
#include "render/render.h"

/* Into *ret. Where the seed is away, what it said last (AGENT_STATE/passwords.json, 0600). A program that only looks
 * (without a claim) takes that, or leaves *ret as it is. */
int passwords_take(struct seed_client *client, struct render_passwords *ret, struct error *err);

/* What the file `path` has. */
int passwords_read(const char *path, struct render_passwords *ret, struct error *err);
