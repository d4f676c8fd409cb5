/* SPDX-License-Identifier: Apache-2.0
 * See wipes.h. */
#include "wipes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int wipes_append(void *context, const struct wipe *wipe) {
    struct wipes *wipes = context;
    struct wipe *list = wipes->n < WIPES_MAX ? realloc(wipes->list, (wipes->n + 1) * sizeof(*list)) : NULL;
    if (!list)
        return -1;
    wipes->list = list;
    wipes->list[wipes->n++] = *wipe;
    return 0;
}

int wipes_load(struct wipes *wipes, struct store *store, struct error *err) {
    *wipes = (struct wipes){.store = store};
    return store->ops->load_wipes(store, wipes_append, wipes, err);
}

void wipes_free(struct wipes *wipes) {
    free(wipes->list);
    *wipes = (struct wipes){0};
}

int wipes_put(struct wipes *wipes, const struct wipe *wipe, struct error *err) {
    struct wipe *old = NULL;
    for (size_t i = 0; i < wipes->n && !old; i++)
        old = strcmp(wipes->list[i].nonce, wipe->nonce) ? NULL : &wipes->list[i];
    if (!old && wipes->n >= WIPES_MAX)
        return error_errno(err, ENOSPC, "more than %d receipts of wipes", WIPES_MAX);
    if (wipes->store->ops->put_wipe(wipes->store, wipe, err) < 0)
        return -1;
    if (old)
        *old = *wipe;
    return old || wipes_append(wipes, wipe) == 0 ? 0 : error_errno(err, ENOMEM, "keep receipt");
}
