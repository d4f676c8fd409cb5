/* SPDX-License-Identifier: Apache-2.0
 * Secrets that the site names and does not contain: STATE/secrets/NAME, 0600, one line each. */
#pragma once
#include "buf.h"
#include "error.h"
#include <stdint.h>

enum { SECRET_MAX = 4096, SECRETS_MAX = 256 };

/* The names are DNS labels (check_label). Durable on return. EDQUOT: there are SECRETS_MAX. */
int secrets_set(const char *state, const char *name, const char *value, struct error *err);

/* Appends it to *ret, which the caller overwrites after use. ENOENT: nobody set it. */
int secrets_read(const char *state, const char *name, struct buf *ret, struct error *err);

int secrets_remove(const char *state, const char *name, struct error *err); /* ENOENT: there is none */

/* Calls `each` with each name and when it was set, milliseconds since 1970, in no order. */
int secrets_each(const char *state, void (*each)(void *context, const char *name, int64_t set_ms), void *context,
                 struct error *err);

/* When one was last set or removed, milliseconds since 1970; 0: never. */
int secrets_changed(const char *state, int64_t *ret_ms, struct error *err);
