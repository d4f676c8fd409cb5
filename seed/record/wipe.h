/* SPDX-License-Identifier: Apache-2.0
 * Whether a machine may wipe a disk that has somebody's data: once, with a wipe grant that names this disk
 * (docs/disks.md). Pure; seed/server/state/wipes.c keeps the receipts. */
#pragma once
#include "role.h"
#include <stddef.h>

enum { WIPE_NONCE_SIZE = 65, WIPE_HOSTNAME_SIZE = 64, WIPE_IDENTITY_SIZE = 128, WIPES_MAX = 4096 };

enum wipe_state {
    WIPE_GRANTED, /* by seedctl wipe-grant; a grant in the site document has no receipt yet */
    WIPE_STARTED, /* used: only this machine may continue, and only with this disk */
    WIPE_DONE,    /* the machine has the disk; the grant never permits anything again */
};
extern const char *const wipe_state_names[];

struct wipe { /* a receipt */
    char nonce[WIPE_NONCE_SIZE];
    char hostname[WIPE_HOSTNAME_SIZE], serial[WIPE_IDENTITY_SIZE], wwn[WIPE_IDENTITY_SIZE];
    enum wipe_state state;
};

enum wipe_answer { WIPE_YES, WIPE_NO_GRANT, WIPE_OTHER_DISK, WIPE_SPENT };

/* `asked` names the machine and its disk. `nonce` and `selector` are the site document's grant for that machine (nonce
 * NULL: none). `kept` are all receipts. On WIPE_YES, asked->nonce and asked->state are filled in: that receipt must be
 * durable before the machine gets the answer. */
enum wipe_answer wipe_decide(const char *nonce, const struct role_disk *selector, const struct wipe *kept, size_t n,
                             struct wipe *asked);

/* Whether the receipt is for the machine and disk of `asked`. */
bool wipe_is_for(const struct wipe *receipt, const struct wipe *asked);
