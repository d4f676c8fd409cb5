/* SPDX-License-Identifier: Apache-2.0
 * Whether a machine may wipe a disk that carries somebody's data: once, with a grant that names this very disk
 * (docs/disks.md). Pure; the receipts are kept by seed/server/state/wipes.c. */
#pragma once
#include "role.h"
#include <stddef.h>

enum { WIPE_NONCE_SIZE = 65, WIPE_HOSTNAME_SIZE = 64, WIPE_IDENTITY_SIZE = 128, WIPES_MAX = 4096 };

enum wipe_state {
    WIPE_GRANTED, /* by the operator's call; the site document's grants have no receipt yet */
    WIPE_STARTED, /* spent: this machine may go on with this disk, nobody else with any */
    WIPE_DONE,    /* the disk is ours; never again */
};
extern const char *const wipe_state_names[];

struct wipe { /* a receipt */
    char nonce[WIPE_NONCE_SIZE];
    char hostname[WIPE_HOSTNAME_SIZE], serial[WIPE_IDENTITY_SIZE], wwn[WIPE_IDENTITY_SIZE];
    enum wipe_state state;
};

enum wipe_answer { WIPE_YES, WIPE_NO_GRANT, WIPE_OTHER_DISK, WIPE_SPENT };

/* `asked` names the machine and its disk; `nonce` and `selector` are the site's grant for that machine (nonce NULL:
 * none); `kept` are all receipts. On WIPE_YES asked->nonce and asked->state say what must be durable before the machine
 * hears of it. */
enum wipe_answer wipe_decide(const char *nonce, const struct role_disk *selector, const struct wipe *kept, size_t n,
                             struct wipe *asked);

/* Whether the receipt is for the machine and disk of `asked`. */
bool wipe_is_for(const struct wipe *receipt, const struct wipe *asked);
