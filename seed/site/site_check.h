/* SPDX-License-Identifier: Apache-2.0
 * Checks between the parts of a site document. What cannot work is an error; what only looks odd is a warning of
 * `seedctl plan` (plan.h). */
#pragma once
#include "reader.h"
#include "site.h"

/* Skips parts that were already found wrong (NULL or zero). */
void site_check(const struct site *site, struct reader *reader);
