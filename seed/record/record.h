/* SPDX-License-Identifier: Apache-2.0
 * The state machine of the bootstrap record: who may run `kubeadm init`, and later which CA the cluster has. Pure: no
 * clock, no store. docs/bootstrap-record.md shows it on one page. */
#pragma once
#include "bootstrap_record.h"
#include "buf.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    RECORD_LEASE_MS = 30000,
    RECORD_HOLDER_SIZE = 64, /* a DNS label and its NUL */
};
#define RECORD_NUMBER_MAX (INT64_C(1) << 52)    /* exact in a JSON number, with room to count on */
#define RECORD_SEEN_MAX (RECORD_NUMBER_MAX / 2) /* taken over from a witness: a false one cannot use up the numbers */

struct bootstrap_record {
    int64_t version; /* grows by one with every change but a renewal; what long-polls compare */
    enum record_state state;
    int64_t epoch, token;            /* compared as a pair; never decreases */
    char holder[RECORD_HOLDER_SIZE]; /* "" = none */
    char ca_hash[CA_HASH_SIZE];      /* "" = none */
    int64_t lease_until_ms;          /* RESERVED only, same clock as record_event.now_ms; never stored */
};

enum record_event_type {
    RECORD_RESERVE,
    RECORD_BEGIN,
    RECORD_RENEW,
    RECORD_COMMIT,
    RECORD_ABORT,
    RECORD_EXPIRE,  /* time passed; changes something only if the lease is over */
    RECORD_WITNESS, /* what a machine remembers: epoch, token, ca_hash */
    RECORD_REARM,   /* the operator: a new cluster */
    RECORD_RECOVER, /* the operator: the cluster that masters proved (server/state/proofs.h) */
    RECORD_EVENTS
};

struct record_event {
    enum record_event_type type;
    const char *hostname; /* who asks; RECOVER: a master that proved; WITNESS: for the log; else unused */
    int64_t epoch, token; /* the pair that the sender uses, has seen (WITNESS), or proved (RECOVER) */
    const char *ca_hash;  /* COMMIT, WITNESS, RECOVER; NULL = none */
    int64_t now_ms;       /* CLOCK_BOOTTIME */
};

/* Whether an event was accepted (RECORD_GRANTED, also for a repeated request), or why it was refused. */
enum record_answer {
    RECORD_GRANTED,
    RECORD_HELD,
    RECORD_NOT_HOLDER,
    RECORD_STALE,
    RECORD_WRONG_STATE,
    RECORD_ALREADY_INITIALISED,
    RECORD_OTHER_CA,
    RECORD_QUARANTINED,
    RECORD_INVALID,
    RECORD_ANSWERS
};

/* The record of a new seed: EMPTY, epoch 1, token 0, version 1. */
struct bootstrap_record record_initial(void);

/* On RECORD_GRANTED writes the record after `event` to *ret_next; else leaves *ret_next alone. If record_equal(record,
 * ret_next), nothing changed and nothing need be stored. `ret_next` may be `record`. */
enum record_answer record_next(const struct bootstrap_record *record, const struct record_event *event,
                               struct bootstrap_record *ret_next);

bool record_equal(const struct bootstrap_record *a,
                  const struct bootstrap_record *b);      /* every stored field, the lease not included */
bool record_valid(const struct bootstrap_record *record); /* whether a store may return this record */
void record_json(const struct bootstrap_record *record, int64_t now_ms,
                 struct buf *ret); /* the record as API v1 shows it */

const char *record_event_name(enum record_event_type type);   /* "reserve" ... */
const char *record_answer_code(enum record_answer answer);    /* the API's error code: "held" ... */
const char *record_answer_message(enum record_answer answer); /* a sentence for a person */
const char *record_answer_remedy(enum record_answer answer);
