/* SPDX-License-Identifier: Apache-2.0
 * The agent's side of the seed server's API (docs/api.md): calls by a machine that is known to the seed. */
#pragma once
#include "error.h"
#include "net.h"
#include "pki.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct seed_client {
    char url[256];          /* without a trailing slash; "": nobody told yet */
    char pin[PKI_PIN_SIZE]; /* of the site's authority: TLS alone; "": plain HTTP */
    char mac[NET_MAC_SIZE]; /* from the boot loader: this card alone names the machine; "": any of ours */
    bool initramfs;         /* without a disk yet: a key of plain HTTP is made of what the firmware says */
    char claim[33];         /* "": not claimed yet */
    char fingerprint[20];   /* of the key of the claim, for people: "0123-4567-89ab-cdef"; "": not made yet */
    uint16_t tls_port;      /* where the seed speaks TLS; 0: not asked yet */
    char address[46];       /* where the last connection went; "": none yet */
    int64_t date, date_ms;  /* the seed's clock (Unix seconds) as it was at that CLOCK_BOOTTIME; 0: never asked */
    bool away;              /* this machine goes on with what it kept */
};

/* One call. 2xx: 0, with *ret_status and *ret_body (the caller deletes it; NULL for an empty body; both may be NULL).
 * Otherwise -1 with the server's own message and remedy, err->errnum: EHOSTUNREACH or ETIMEDOUT when the seed is away,
 * ENOENT 404, EEXIST 409, EBUSY 410, EIO anything else. A seed that does not know the claim any more gets a new one,
 * and the call is made once more; where that is refused, or the operator has to approve it, EACCES. */
int seed_call(struct seed_client *client, const char *method, const char *path, const cJSON *body, unsigned timeout_s,
              long *ret_status, cJSON **ret_body, struct error *err);

/* Whether an error says that nobody answered. */
bool seed_is_away(const struct error *err);
