/* SPDX-License-Identifier: Apache-2.0
 * Image registries of the user's: mirrors, authorities, and the names of the secrets by which machines log in. The same
 * words stand in the site document and in the role document. Pure; strings belong to the JSON tree. */
#pragma once
#include "reader.h"
#include <stdbool.h>
#include <stddef.h>

enum { REGISTRIES_MAX = 16, REGISTRY_MIRRORS_MAX = 4 };

struct registry_server {
    const char *url;    /* "https://mirror.example:5000"; NULL: the registry itself */
    const char *ca;     /* PEM; NULL: the machine's own authorities */
    const char *secret; /* name of one with USER:PASSWORD; NULL: nobody logs in */
};

struct registry {
    const char *host; /* as images are named: "docker.io", "registry.example:5000" */
    struct registry_server own;
    struct registry_server mirrors[REGISTRY_MIRRORS_MAX]; /* asked first, in this order */
    size_t n_mirrors;
};

/* The list at the place, which may be absent; the caller frees it. NULL where it is empty. */
struct registry *registries_read(const struct cursor *list, size_t *ret_n);

/* Calls `visit` with each server that names a secret until it returns true; whether it did. */
bool registries_any_secret(const struct registry *list, size_t n, bool (*visit)(const char *secret, void *context),
                           void *context);
