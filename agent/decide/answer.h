/* SPDX-License-Identifier: Apache-2.0
 * Checks the seed's answers before anything is done with them: their texts end up in URLs, HTTP headers and YAML, and
 * somebody else may answer at the seed's address. EPROTO names the field that is wrong. Pure. docs/api.md has the
 * shapes; record_view.h reads the bootstrap record. */
#pragma once
#include "bootstrap_record.h"
#include "error.h"
#include "render/render.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

enum { ANSWER_CLAIM_SIZE = 33, ANSWER_ID_SIZE = 33 }; /* 32 hex digits */

/* GET /v1/trust: the port where the seed speaks TLS, and the certificate that it says is its authority's. *ret_pem
 * belongs to the tree. */
int answer_trust(const cJSON *tree, uint16_t *ret_port, const char **ret_pem, struct error *err);

/* POST /v1/claim. */
int answer_claim(const cJSON *tree, char ret_claim[static ANSWER_CLAIM_SIZE], struct error *err);

/* POST /v1/tickets: the id to ask for it with. */
int answer_ticket_id(const cJSON *tree, char ret_id[static ANSWER_ID_SIZE], struct error *err);

/* GET /v1/tickets/ID, status 200: what kubeadm joins with. Only a master needs the certificate key. The strings belong
 * to the tree. */
int answer_ticket(const cJSON *tree, bool master, struct render_ticket *ret, struct error *err);

/* GET /v1/passwords: strings that fit into YAML and a configuration of HAProxy as they are. */
int answer_passwords(const cJSON *tree, struct render_passwords *ret, struct error *err);

/* GET /v1/tickets/ID/state: whether the ticket has ended, so that its bootstrap token may be deleted. */
int answer_ticket_state(const cJSON *tree, bool *ret_ended, struct error *err);

/* GET /v1/tickets/pending: for whom a ticket is wanted. */
struct answer_pending {
    char id[ANSWER_ID_SIZE];
    const char *hostname; /* belongs to the tree; a DNS label */
    bool master;
    bool rejoins;               /* a member that needs a certificate for its kubelet, and keeps its Node */
    char ca_hash[CA_HASH_SIZE]; /* of the cluster that is joined; "": an older seed does not say */
};
int answer_pending(const cJSON *tree, struct answer_pending *ret, struct error *err);
