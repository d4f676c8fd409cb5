/* SPDX-License-Identifier: Apache-2.0
 * What agent and seed share about the bootstrap record: its states, its id, and the hash that pins the cluster's CA.
 * The seed keeps the record (seed/record/record.h); a machine reads it (agent/decide/record_view.h). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { RECORD_PROOF_SIZE = 256 };
enum { CA_HASH_SIZE = 7 + 64 + 1 }; /* "sha256:" + hex + NUL; kubeadm's --discovery-token-ca-cert-hash */

enum record_state {
    RECORD_EMPTY,
    RECORD_RESERVED,
    RECORD_INITIALISING,
    RECORD_INITIALISED,
    RECORD_QUARANTINE,
    RECORD_STATES
};

const char *record_state_name(enum record_state state); /* "EMPTY" ...; "?" for no state */
bool record_state_parse(const char *name, enum record_state *ret_state);

/* The id of a record. (epoch, token), compared as a pair, is the fencing token of all that is done under the record. */
struct record_id {
    uint64_t epoch, token;
    char ca_hash[CA_HASH_SIZE]; /* "" = none yet */
};

bool record_id_same(const struct record_id *a, const struct record_id *b);   /* (epoch, token) alone */
bool record_id_equal(const struct record_id *a, const struct record_id *b);  /* the hash, too */
bool record_id_higher(const struct record_id *a, const struct record_id *b); /* (epoch, token) of a is above b's */

/* What a master signs with the key of its cluster's CA to prove id->ca_hash to a seed that lost its record
 * (docs/api.md, POST /v1/proofs). The claim makes it of one machine, and worthless to another seed. */
void record_proof_text(const char *claim, const struct record_id *id, char ret[RECORD_PROOF_SIZE]);

bool ca_hash_valid(const char *text); /* "sha256:" and 64 lower-case hex digits; false for NULL */
