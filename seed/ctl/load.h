/* SPDX-License-Identifier: Apache-2.0
 * Site and release documents from files, for the offline commands. */
#pragma once
#include "site/release.h"
#include "site/site.h"

/* Reads a site document. Prints every problem on stderr, `FILE: POINTER: cause; remedy`, and returns NULL with
 * *ret_status 1. The caller frees the result with site_free(). */
struct site *load_site(const char *path, int *ret_status);

/* The node with that MAC. NULL, after an error was printed, when there is none. */
const struct site_node *load_node(const struct site *site, const char *site_path, const char *mac);

/* `path` NULL: NAME.json in ../releases beside the site's folder, else in configs/releases of the working folder.
 * `layers` NULL: build/layers/NAME.json, if it exists. NULL after an error was printed. The caller frees the result
 * with release_free(). */
struct release *load_release(const struct site *site, const char *site_path, const char *path, const char *layers);
