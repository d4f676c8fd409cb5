/* SPDX-License-Identifier: Apache-2.0
 * The passwords that the masters of a site share. The seed sends them; a copy beside the machine's key lets a master
 * start without the seed. */
#pragma once
#include "client.h"
#include "render/render.h"

/* Fills in *ret. While the seed is away, and in a program that only looks (without a claim), the kept copy is used
 * (AGENT_STATE/passwords.json, 0600); the latter leaves *ret as it is when there is none. */
int passwords_take(struct seed_client *client, struct render_passwords *ret, struct error *err);

/* Reads such a file. */
int passwords_read(const char *path, struct render_passwords *ret, struct error *err);
