/* SPDX-License-Identifier: Apache-2.0
 * The passwords that a site's masters share: asked of the seed, kept beside the machine's key for a start without it.
 */
#pragma once
#include "agent.h"

/* Into agent->passwords. Where the seed is away, what it said last (AGENT_STATE/passwords.json, 0600). A program that
 * only looks (without a claim) takes that, or leaves agent->passwords as they are. */
int passwords_take(struct agent *agent, struct error *err);

/* What the file `path` has. */
int passwords_read(const char *path, struct render_passwords *ret, struct error *err);
