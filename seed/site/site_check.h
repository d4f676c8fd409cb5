/* SPDX-License-Identifier: Apache-2.0
 * What must hold between the parts of a site document: that which cannot work is an error. What merely looks odd is
 * a warning of `seedctl plan` (plan.h). */
#pragma once
#include "reader.h"
#include "site.h"

/* Skips parts that were already found wrong (NULL or zero). */
void site_check(const struct site *site, struct reader *reader);
