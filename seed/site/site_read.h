/* SPDX-License-Identifier: Apache-2.0
 * Everything of the site document but its nodes: keys and defaults. */
#pragma once
#include "reader.h"
#include "site.h"

extern const char *const site_keys[];
void site_read(struct site *site, const struct cursor *root);
