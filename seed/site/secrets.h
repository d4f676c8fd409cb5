/* SPDX-License-Identifier: Apache-2.0
 * Which machine of the site gets which secret (`seedctl secret set`). Pure. */
#pragma once
#include "site/site.h"
#include <stdbool.h>

/* Whether the role of `node` names the secret; of any machine where `node` is NULL. */
bool site_registry_uses_secret(const struct site *site, const char *name); /* one of its registries */
bool site_uses_secret(const struct site *site, const struct site_node *node, const char *name);

/* Whether it is that of a BMC, which no machine gets: only the seed uses it. */
bool site_powers_by_secret(const struct site *site, const char *name);
