/* SPDX-License-Identifier: Apache-2.0
 * The site document with which the cluster lives, in the store and in memory: an edit that the cluster cannot take is
 * compared with it, also after a restart of the seed. */
#pragma once
#include "claims.h"
#include "server/store/store.h"
#include "site/site.h"

struct kept_site {
    struct site *site; /* NULL: none is known */
};

/* Reads that of the epoch, or of the newest one before it. One that this version cannot read counts as unknown. */
int kept_site_load(struct kept_site *kept, struct store *store, int64_t epoch, struct error *err);

/* Keeps the text of a good site document in its place. */
int kept_site_put(struct kept_site *kept, struct store *store, int64_t epoch, const struct buf *text,
                  struct error *err);

/* Whether the cluster can take `site`. Members are the machines whose key is kept on their disks; without TLS, those
 * that claimed. 0 also when none is known. */
int kept_site_check(const struct kept_site *kept, const struct claims *claims, const struct site *site,
                    struct error *err);
/* Whether the machine is a member: its key is kept on its disk, or, without TLS, it claimed; and it is not retired. */
bool kept_site_is_member(const struct claims *claims, const struct site *site, const struct site_node *node);

void kept_site_free(struct kept_site *kept);
