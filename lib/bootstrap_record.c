/* SPDX-License-Identifier: Apache-2.0
 * See bootstrap_record.h. */
#include "bootstrap_record.h"

#include <stdio.h>
#include <string.h>

static const char *const names[RECORD_STATES] = {"EMPTY", "RESERVED", "INITIALISING", "INITIALISED", "QUARANTINE"};

const char *record_state_name(enum record_state state) {
    return state < RECORD_STATES ? names[state] : "?";
}

bool record_state_parse(const char *name, enum record_state *ret_state) {
    for (unsigned i = 0; i < RECORD_STATES; i++)
        if (!strcmp(name, names[i])) {
            *ret_state = (enum record_state)i;
            return true;
        }
    return false;
}

bool record_id_same(const struct record_id *a, const struct record_id *b) {
    return a->epoch == b->epoch && a->token == b->token;
}

bool record_id_equal(const struct record_id *a, const struct record_id *b) {
    return record_id_same(a, b) && !strcmp(a->ca_hash, b->ca_hash);
}

bool record_id_higher(const struct record_id *a, const struct record_id *b) {
    return a->epoch > b->epoch || (a->epoch == b->epoch && a->token > b->token);
}

void record_proof_text(const char *claim, const struct record_id *id, char ret[RECORD_PROOF_SIZE]) {
    snprintf(ret, RECORD_PROOF_SIZE, "seedrack record proof\nclaim %.64s\nepoch %llu\ntoken %llu\nca_hash %s\n", claim,
             (unsigned long long)id->epoch, (unsigned long long)id->token, id->ca_hash);
}

bool ca_hash_valid(const char *text) {
    return text && strlen(text) == CA_HASH_SIZE - 1 && !strncmp(text, "sha256:", 7) &&
           strspn(text + 7, "0123456789abcdef") == 64;
}
