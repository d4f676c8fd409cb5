/* SPDX-License-Identifier: Apache-2.0
 * Reads all of the site document except its nodes, and fills in the defaults. */
#pragma once
#include "reader.h"
#include "site.h"

extern const char *const site_keys[];
void site_read(struct site *site, const struct cursor *root);
