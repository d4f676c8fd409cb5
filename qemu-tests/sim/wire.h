/* SPDX-License-Identifier: Apache-2.0
 * Messages between a machine and the seed: the calls of API v1 without HTTP. The record has the form in which the seed
 * prints it. */
#pragma once
#include "decide/journal.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    WIRE_MACHINES = 6,
    WIRE_NAME = 16,
    WIRE_CLAIM = 33,
    WIRE_TICKET = 33,
    WIRE_TOKEN = 24,
    WIRE_KEY = 65,
    WIRE_RECORD = 512
};

enum call {
    CALL_CLAIM,
    CALL_RECORD,
    CALL_RESERVE,
    CALL_BEGIN,
    CALL_COMMIT,
    CALL_ABORT,
    CALL_TICKET,
    CALL_TICKET_LOOK,
    CALL_TICKET_DONE,
    CALL_PENDING,
    CALL_MINT
};

struct request {
    enum call call;
    int from;        /* the machine */
    unsigned serial; /* of the request; the answer has it too */
    bool of_minter;  /* asked by the machine's minter, not by its step 12 */
    char key[65];    /* CLAIM */
    char claim[WIRE_CLAIM];
    struct record_id grant, seen;
    struct record_id known; /* for the oracle, not on the wire: what the sender remembered */
    uint64_t version;       /* RECORD */
    int64_t wait_ms;
    char ticket[WIRE_TICKET], token[WIRE_TOKEN], certificate_key[WIRE_KEY];
};

struct reply {
    int to;
    unsigned serial;
    bool of_minter;
    int status; /* HTTP's */
    char record[WIRE_RECORD];
    char claim[WIRE_CLAIM];
    char ticket[WIRE_TICKET], token[WIRE_TOKEN], ca_hash[CA_HASH_SIZE];
    bool for_master;
};
