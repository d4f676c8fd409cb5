/* SPDX-License-Identifier: Apache-2.0
 * Composes a site document for one machine. Pure and deterministic: same input, same bytes. lib/role.c reads it. */
#pragma once
#include "release.h"
#include "site.h"

/* Appends the role document of `node` (one line of JSON, no newline). Errors: the site is for another release, an
 * addon's file was not read (site_resolve), no image known for HAProxy or Keepalived, *ret_json too small. */
int compose_role(const struct site *site, const struct release *release, const struct site_node *node,
                 struct buf *ret_json, struct error *err);
