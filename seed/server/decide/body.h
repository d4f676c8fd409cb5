/* SPDX-License-Identifier: Apache-2.0
 * What machines send, as request_json() hands it on: a JSON object without unknown keys. Everything is bounded and
 * typed before a handler acts. Pure. Errors name the field. docs/api.md has the shapes. */
#pragma once
#include "server/state/claims.h"
#include "error.h"
#include "server/store/events.h"
#include "record/record.h"
#include "site/site.h"
#include "server/state/statuses.h"
#include <cjson/cJSON.h>

enum { BODY_EVENTS_MAX = 64 };

/* POST /v1/events: *ret_n events of `hostname`, received at `now_ms`; their ids are events_add()'s to give, their tails
 * are the tree's own. */
int body_read_events(const cJSON *tree, const char *hostname, int64_t now_ms, struct event list[static BODY_EVENTS_MAX],
                     size_t *ret_n, struct error *err);

/* POST /v1/bootstrap/...: fills in epoch, token and (RECORD_COMMIT) ca_hash of an event whose type is set; ca_hash is
 * the tree's own. */
int body_read_grant(const cJSON *tree, struct record_event *event, struct error *err);
/* What the machine remembers, a RECORD_WITNESS event; *ret_given is false where it sent nothing. ca_hash is the tree's
 * own. */
int body_read_seen(const cJSON *tree, struct record_event *ret_seen, bool *ret_given, struct error *err);

/* POST /v1/claim. */
struct body_claim {
    struct store_claim claim;     /* mac (that of the node), uuid, serial, key */
    const struct site_node *node; /* of the site; NULL: it has none with one of these MACs */
    bool ambiguous;               /* it has more than one */
    char first_mac[STORE_MAC_SIZE];
};
int body_read_claim(const cJSON *tree, const struct site *site, struct body_claim *ret, struct error *err);

/* POST /v1/standing, of the master `hostname`, received at `now_ms`. */
int body_read_status(const cJSON *tree, const char *hostname, int64_t now_ms, struct master_status *ret,
                     struct error *err);

/* PUT /v1/tickets/ID: what was minted, or why not. Strings are the tree's own; their shapes are tickets_mint()'s to
 * check. */
struct body_minted {
    const char *token, *certificate_key, *problem; /* NULL: not sent */
};
int body_read_minted(const cJSON *tree, struct body_minted *ret, struct error *err);
