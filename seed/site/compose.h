/* SPDX-License-Identifier: Apache-2.0
 * Composes a site document for one machine. Pure and deterministic: same input, same bytes. lib/role.c reads it. */
#pragma once
#include "release.h"
#include "site.h"

/* Appends the list of all machines, which every role document of the site has (JSON). *ret_json too small is an error.
 */
int compose_peers(const struct site *site, struct buf *ret_json, struct error *err);

/* Whether the site wants that release. While a cluster is upgraded, machines may have another one. */
int compose_is_for(const struct site *site, const struct release *release, struct error *err);

/* Whether compose_role() can fail for this node, but for the size of what it makes. Errors: an addon's file was not
 * read (site_resolve), no image known for HAProxy or Keepalived. */
int compose_check(const struct site *site, const struct release *release, const struct site_node *node,
                  struct error *err);

/* Appends the role document of `node` (one line of JSON, no newline). `peers`: what compose_peers() made, to be made
 * once for many nodes; NULL: it is made here. Errors: those of compose_check(), and *ret_json too small. */
int compose_role(const struct site *site, const struct release *release, const struct site_node *node,
                 const char *peers, struct buf *ret_json, struct error *err);
