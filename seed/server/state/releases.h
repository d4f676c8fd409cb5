/* SPDX-License-Identifier: Apache-2.0
 * The releases that the seed has layers of: those of its command line, and those that the operator added
 * (release_files.h). */
#pragma once
#include "buf.h"
#include "error.h"
#include "server/options.h"
#include "site/release.h"
#include <stdbool.h>
#include <stddef.h>

enum { RELEASES_MAX = 16 };

struct releases {
    struct releases_entry {
        struct release *release;
        bool added; /* by the operator; else given by the command line */
    } list[RELEASES_MAX];
    size_t n;
};

int releases_open(struct releases *releases, const struct options *options, struct error *err);
void releases_close(struct releases *releases);

/* The release of that name; NULL: there is none, and the error says which ones there are. */
const struct release *releases_find(const struct releases *releases, const char *name, struct error *err);

/* Reads {"release": …, "layers": …}. The caller owns *ret (release_free). */
int releases_parse(const struct buf *text, struct release **ret, struct error *err);

/* Whether the release may be taken: there is none of that name, or the very same. EEXIST. */
int releases_check_new(const struct releases *releases, const struct release *release, struct error *err);

/* Takes over one that releases_check_new() let through. */
void releases_take(struct releases *releases, struct release *release);

/* Whether the operator added it, so that it may be dropped; nobody may use it. */
int releases_check_removable(const struct releases *releases, const char *name, struct error *err);
void releases_drop(struct releases *releases, const char *name);
