/* SPDX-License-Identifier: Apache-2.0
 * Orders of the maintenance record (docs/maintenance.md), which several commands open and show. */
#pragma once
#include "command.h"
#include <cjson/cJSON.h>

/* The body of POST /v1/admin/maintenance that opens an order of that kind for the machines which are operands from
 * `first` on, none: all; with --single, --keep-disk, --lose-data and --off where they were given. The caller deletes
 * it. */
cJSON *order_new(const struct arguments *arguments, const char *kind, size_t first);

/* An open order, in a line or two. order_print(): also when there is none. */
void order_print_open(const cJSON *record);
void order_print(const cJSON *record);

/* The line that says that the site wants another release than the cluster lives with; nothing where it does not. */
void order_print_release(const cJSON *rack);

/* Asks at the terminal; false also when there is none. */
bool order_confirm(const char *question);
