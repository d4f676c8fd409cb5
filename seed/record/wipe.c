/* SPDX-License-Identifier: Apache-2.0
 * See wipe.h. */
#include "wipe.h"

#include <stdio.h>
#include <string.h>

const char *const wipe_state_names[] = {"granted", "started", "done", NULL};

static bool is_disk(const char *wanted, const char *has) {
    return !wanted || !wanted[0] || !strcmp(wanted, has);
}

bool wipe_is_for(const struct wipe *receipt, const struct wipe *asked) {
    return !strcmp(receipt->hostname, asked->hostname) && is_disk(receipt->serial, asked->serial) &&
           is_disk(receipt->wwn, asked->wwn);
}

/* For a grant that the operator gave by seedctl wipe-grant. It names the disk by its serial number. */
static enum wipe_answer decide_by_call(const struct wipe *kept, size_t n, struct wipe *asked) {
    for (size_t i = 0; i < n; i++) {
        if (kept[i].state != WIPE_GRANTED || !wipe_is_for(&kept[i], asked))
            continue;
        snprintf(asked->nonce, sizeof(asked->nonce), "%s", kept[i].nonce);
        return WIPE_YES;
    }
    return WIPE_NO_GRANT;
}

static enum wipe_answer decide_by_site(const char *nonce, const struct role_disk *selector, const struct wipe *kept,
                                       size_t n, struct wipe *asked) {
    if (!nonce)
        return WIPE_NO_GRANT;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(kept[i].nonce, nonce))
            return WIPE_SPENT;
    if ((!selector->serial && !selector->wwn) || !is_disk(selector->serial, asked->serial) ||
        !is_disk(selector->wwn, asked->wwn))
        return WIPE_OTHER_DISK;
    snprintf(asked->nonce, sizeof(asked->nonce), "%s", nonce);
    return WIPE_YES;
}

/* Power was lost after the grant was used: the same machine may continue with the same disk. */
static bool has_begun(const struct wipe *kept, size_t n, struct wipe *asked) {
    for (size_t i = 0; i < n; i++) {
        bool same = kept[i].state == WIPE_STARTED && !strcmp(kept[i].hostname, asked->hostname) &&
                    !strcmp(kept[i].serial, asked->serial) && !strcmp(kept[i].wwn, asked->wwn);
        if (!same)
            continue;
        snprintf(asked->nonce, sizeof(asked->nonce), "%s", kept[i].nonce);
        return true;
    }
    return false;
}

enum wipe_answer wipe_decide(const char *nonce, const struct role_disk *selector, const struct wipe *kept, size_t n,
                             struct wipe *asked) {
    enum wipe_answer answer = WIPE_YES;
    asked->state = WIPE_STARTED;
    if (!asked->serial[0] && !asked->wwn[0]) /* without serial and WWN it cannot be told from another disk */
        return WIPE_OTHER_DISK;
    if (!has_begun(kept, n, asked) && decide_by_call(kept, n, asked) != WIPE_YES)
        answer = decide_by_site(nonce, selector, kept, n, asked);
    return answer;
}
