/* SPDX-License-Identifier: Apache-2.0
 * The agent's side of the seed's API (docs/api.md): calls by a machine that has a claim. */
#pragma once
#include "effects/http.h"
#include "error.h"
#include "net.h"
#include "pki.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct seed_client {
    char url[256];               /* without a trailing slash; "": nobody told yet */
    char pin[PKI_PIN_SIZE];      /* of the site's authority: only TLS is used; "": plain HTTP */
    unsigned generation;         /* of the seed's certificate, the lowest that counts; 0: any (lib/pki.h) */
    unsigned generation_kept;    /* on the disk, when it was last read */
    int64_t generation_again_ms; /* CLOCK_BOOTTIME before which no higher one is tried: the seed could not show it */
    char mac[NET_MAC_SIZE];      /* from the boot loader: only this card names the machine; "": any of its cards does */
    bool initramfs;              /* no disk yet: over plain HTTP the key is derived from the firmware's identity */
    char claim[33];              /* "": not claimed yet */
    char fingerprint[20];        /* of the key of the claim, for people: "0123-4567-89ab-cdef"; "": not made yet */
    uint16_t tls_port;           /* where the seed speaks TLS; 0: not asked yet */
    char address[46];            /* the seed's address at the last connection; "": none yet */
    int64_t date,
        date_ms;     /* the seed's clock in Unix seconds, and CLOCK_BOOTTIME when that second began; 0: never read */
    bool date_exact; /* within the time of an answer; else, of an older seed, within a second */
    struct http_connection connection; /* to the seed, kept between calls */
    bool looks_only;                   /* `seed-agent plan`: nothing is claimed */
    bool away;                         /* the seed is away and this machine uses what it kept on disk */
};

/* One call. 2xx: 0, with *ret_status and *ret_body (the caller deletes it; NULL for an empty body; both may be NULL).
 * Otherwise -1 with the server's own message and remedy, err->errnum: EHOSTUNREACH or ETIMEDOUT when the seed is away,
 * ENOENT 404, EEXIST 409, EBUSY 410, EIO anything else. If the seed does not know the claim any more, the machine
 * claims again and the call is made once more. EACCES: that claim is refused, or the operator must approve it. */
int seed_call(struct seed_client *client, const char *method, const char *path, const cJSON *body, unsigned timeout_s,
              long *ret_status, cJSON **ret_body, struct error *err);

/* PUT of the file to `path`, with the signature of what it is in headers. As seed_call(); no limit on the total time.
 */
struct ca_signature;
int seed_upload(struct seed_client *client, const char *path, const char *file, const struct ca_signature *signature,
                struct error *err);

/* GET of `path` into the file. *ret_found false: the seed has nothing yet (204). As seed_call(); no limit on the total
 * time, but the first byte must come within HTTP_STALL_S. */
int seed_download(struct seed_client *client, const char *path, const char *file, bool *ret_found, struct error *err);

/* Whether the error means that nobody answered. */
bool seed_is_away(const struct error *err);
