/* SPDX-License-Identifier: Apache-2.0
 * Site and release documents from files, for the offline commands. */
#pragma once
#include "site/release.h"
#include "site/site.h"

/* Prints every problem on stderr, `FILE: POINTER: cause; remedy`. NULL then, with *ret_status 1. Caller: site_free().
 */
struct site *load_site(const char *path, int *ret_status);

/* NULL after it was reported that no node has the MAC. */
const struct site_node *load_node(const struct site *site, const char *site_path, const char *mac);

/* `path` NULL: configs/releases/NAME.json beside the site's folder or here. `layers` NULL: build/layers/NAME.json where
 * it exists. NULL after an error was reported. Caller: release_free(). */
struct release *load_release(const struct site *site, const char *site_path, const char *path, const char *layers);
