/* SPDX-License-Identifier: Apache-2.0
 * Reads the nodes of the site document, and computes what follows from their order: VRRP priorities and pod CIDRs. */
#pragma once
#include "reader.h"
#include "site.h"

/* Fills site->nodes. A field that is wrong or missing stays NULL or zero, and is reported. */
void site_read_nodes(struct site *site, const struct cursor *root);
