/* SPDX-License-Identifier: Apache-2.0
 * See kept_site.h. */
#include "kept_site.h"

#include "json.h"
#include "log.h"
#include "site/change.h"
#include <errno.h>
#include <stdlib.h>

static int take(struct kept_site *kept, const struct buf *text, struct error *err) {
    struct site_errors *errors = calloc(1, sizeof(*errors));
    struct site *site = NULL;
    if (!errors)
        return error_errno(err, ENOMEM, "the cluster's site document");
    int r = site_parse(buf_text(text), text->length, &site, errors);
    if (r < 0)
        log_warning("the site document with which the cluster lived cannot be read: %s: %s", errors->list[0].pointer,
                    errors->list[0].cause);
    free(errors);
    kept_site_free(kept);
    kept->site = site;
    return 0;
}

int kept_site_load(struct kept_site *kept, struct store *store, int64_t epoch, struct error *err) {
    cleanup_buf struct buf text = BUF_INIT(JSON_MAXIMUM);
    if (store->ops->load_site(store, epoch, &text, err) < 0)
        return -1;
    return text.length ? take(kept, &text, err) : 0;
}

int kept_site_put(struct kept_site *kept, struct store *store, int64_t epoch, const struct buf *text,
                  struct error *err) {
    return store->ops->put_site(store, epoch, buf_text(text), err) < 0 ? -1 : take(kept, text, err);
}

struct membership {
    const struct claims *claims;
    bool keys; /* machines have keys, and say when they stand on their own root */
};

static bool is_member(const struct site_node *node, void *context) {
    const struct membership *membership = context;
    const struct store_claim *claim = claims_find_mac(membership->claims, node->mac);
    return claim && !claim->retired && (claim->kept || !membership->keys);
}

bool kept_site_is_member(const struct claims *claims, const struct site *site, const struct site_node *node) {
    struct membership membership = {.claims = claims, .keys = site->seed_ca};
    return is_member(node, &membership);
}

int kept_site_check(const struct kept_site *kept, const struct claims *claims, const struct site *site,
                    struct error *err) {
    struct membership membership = {.claims = claims, .keys = kept->site && kept->site->seed_ca};
    return kept->site ? change_check(kept->site, site, is_member, &membership, err) : 0;
}

void kept_site_free(struct kept_site *kept) {
    site_free(kept->site);
    kept->site = NULL;
}
