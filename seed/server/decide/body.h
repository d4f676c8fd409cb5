/* SPDX-License-Identifier: Apache-2.0
 * Reads what machines send. The tree comes from request_json(): an object without unknown keys. All values are bounded
 * and typed here before a handler acts. Pure. Errors (EINVAL) name the field. docs/api.md has the shapes. */
#pragma once
#include "server/state/claims.h"
#include "error.h"
#include "server/state/proofs.h"
#include "server/store/events.h"
#include "record/record.h"
#include "site/site.h"
#include "server/state/statuses.h"
#include <cjson/cJSON.h>

enum { BODY_EVENTS_MAX = 64 };

/* POST /v1/events: *ret_n events of `hostname`, received at `now_ms`; events_add() sets their ids, and their tails
 * belong to the tree. */
int body_read_events(const cJSON *tree, const char *hostname, int64_t now_ms, struct event list[static BODY_EVENTS_MAX],
                     size_t *ret_n, struct error *err);

/* POST /v1/bootstrap/...: fills in epoch, token and, for RECORD_COMMIT, ca_hash of an event whose type is set. ca_hash
 * belongs to the tree. */
int body_read_grant(const cJSON *tree, struct record_event *event, struct error *err);
/* Reads what the machine remembers into a RECORD_WITNESS event; *ret_given is false when it sent nothing. ca_hash
 * belongs to the tree. */
int body_read_seen(const cJSON *tree, struct record_event *ret_seen, bool *ret_given, struct error *err);

/* POST /v1/proofs. The strings belong to the tree; proofs_check() checks what they prove. */
struct body_proof {
    struct record_id id;
    const char *public_key, *signature; /* base64 */
};
int body_read_proof(const cJSON *tree, struct body_proof *ret, struct error *err);

/* POST /v1/claim. */
struct body_claim {
    struct store_claim claim;        /* mac (that of the node), uuid, serial, key */
    const struct site_node *node;    /* NULL: the site has no node with one of these MACs */
    const struct site_node *retired; /* node NULL: one that is retired has one of them; or NULL */
    bool ambiguous;                  /* the MACs belong to more than one node */
    const char *foreign;             /* the site says another UUID or serial number of this node; NULL: it does not */
    char first_mac[STORE_MAC_SIZE];
};
int body_read_claim(const cJSON *tree, const struct site *site, struct body_claim *ret, struct error *err);

extern const char *const stale_names[STALES]; /* as masters write them: "", "api-server", "controllers" */

/* POST /v1/standing, of the master `hostname`, received at `now_ms`. */
int body_read_status(const cJSON *tree, const char *hostname, int64_t now_ms, struct master_status *ret,
                     struct error *err);

/* PUT /v1/tickets/ID: what was minted, or why nothing was. The strings belong to the tree; tickets_mint() checks their
 * form. */
struct body_minted {
    const char *token, *certificate_key, *problem; /* NULL: not sent */
};
int body_read_minted(const cJSON *tree, struct body_minted *ret, struct error *err);
