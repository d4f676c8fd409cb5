/* SPDX-License-Identifier: Apache-2.0
 * Objects of users, one or a whole list of them, of the API server of this machine. */
#pragma once
#include "error.h"
#include "role.h"
#include <cjson/cJSON.h>

/* GET of an object, which may nest deeper than json_parse() takes; the answer's size is bounded. ENOENT: 404. The
 * caller deletes *ret. */
int api_object(const struct role *role, const char *path, cJSON **ret, struct error *err);

/* Calls `item` for each object of a list, page by page, until it returns -1. `query` is the list's path with "?" and
 * whatever comes before `limit`: "/api/v1/nodes?". */
int api_each(const struct role *role, const char *query,
             int (*item)(const cJSON *object, void *context, struct error *err), void *context, struct error *err);
