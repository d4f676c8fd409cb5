/* SPDX-License-Identifier: Apache-2.0
 * The nodes of the site document, and what they get by their order: priorities and pod CIDRs. */
#pragma once
#include "reader.h"
#include "site.h"

/* Fills site->nodes. A field that is wrong or missing stays NULL or zero, and is reported. */
void site_read_nodes(struct site *site, const struct cursor *root);
