/* SPDX-License-Identifier: Apache-2.0
 * A site document that is edited while its cluster lives: what each change does, and what the cluster cannot take.
 * Pure. keys.def is the table of keys. */
#pragma once
#include "buf.h"
#include "error.h"
#include "site.h"
#include <stdbool.h>

enum key_class {
    KEY_FREE,    /* takes effect at once, and restarts nothing */
    KEY_ROLLING, /* restarts something on machines that run */
    KEY_REBOOT,  /* takes effect when a machine starts */
    KEY_BIRTH,   /* counts when a cluster is made or a machine joins, and not later */
    KEY_NEVER,   /* a living cluster cannot take it */
    KEY_CLASSES
};

struct key_rule {
    const char *pattern; /* "/nodes/@/labels", a star for the at sign */
    enum key_class class;
    const char *effect; /* for people */
};

/* The row of the longest pattern that fits a JSON pointer (RFC 6901) into the site document; NULL: none does. */
const struct key_rule *key_rule(const char *pointer);
extern const struct key_rule key_rules[];
extern const size_t n_key_rules;
const char *key_class_name(enum key_class class); /* "never" */

/* Whether a cluster that was made, or last changed, with `old` can take `site`. `is_member` says which machines of
 * `old` belong to the cluster; NULL: all do. -1: the first key that it cannot take, with what to write instead. */
int change_check(const struct site *old, const struct site *site,
                 bool (*is_member)(const struct site_node *node, void *context), void *context, struct error *err);

/* Every key that differs, one line each with its class and effect. Returns how many. */
unsigned change_list(const struct site *old, const struct site *site, struct buf *ret);
