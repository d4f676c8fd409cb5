/* SPDX-License-Identifier: Apache-2.0
 * The networks of a site's machines: `network` of the site has what all of them have, `network` of a node what it has
 * in its place (lib/network.h). */
#pragma once
#include "site.h"

/* The keys that a node may have instead of the site, without `bond`, whose parts are put together. */
extern const char *const site_network_keys[];

/* What counts for the node: its own value, else the site's; NULL: neither says it. */
const cJSON *site_network_key(const struct site *site, const struct site_node *node, const char *key);

/* `nameservers` and `search` of an object: reports what is wrong. */
void site_read_resolver(const struct cursor *network);

/* After site->defaults, and the node's MAC and address. */
void site_read_network(const struct site *site, struct site_node *node, const struct cursor *at);

/* Between machines: a card or an address that two have, and what is in the cluster's own subnets. */
void site_check_networks(const struct site *site, struct reader *reader);
