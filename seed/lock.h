/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap record's state machine: who may run `kubeadm init`, and with which CA the cluster was born.
 * Pure: no clock, no store. docs/bootstrap-record.md shows it on one page. */
#pragma once
#include "buf.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    LOCK_LEASE_MS = 30000,
    LOCK_HOLDER_SIZE = 64,  /* a DNS label and its NUL */
    LOCK_CA_HASH_SIZE = 72, /* "sha256:", 64 hex digits, NUL */
};
#define LOCK_NUMBER_MAX (INT64_C(1) << 52)  /* exact in a JSON number, with room to count on */
#define LOCK_SEEN_MAX (LOCK_NUMBER_MAX / 2) /* no machine's memory can use up the numbers */

enum lock_state { LOCK_EMPTY, LOCK_RESERVED, LOCK_INITIALISING, LOCK_INITIALISED, LOCK_QUARANTINE, LOCK_STATES };

struct lock {
    int64_t version; /* grows by one with every change but a renewal; what long-polls compare */
    enum lock_state state;
    int64_t epoch, token;            /* compared as a pair; never decreases */
    char holder[LOCK_HOLDER_SIZE];   /* "" = none */
    char ca_hash[LOCK_CA_HASH_SIZE]; /* "" = none */
    int64_t lease_until_ms;          /* RESERVED only, same clock as lock_event.now_ms; never stored */
};

enum lock_event_type {
    LOCK_RESERVE,
    LOCK_BEGIN,
    LOCK_RENEW,
    LOCK_COMMIT,
    LOCK_ABORT,
    LOCK_EXPIRE,  /* time passed: nothing happens unless the lease is over */
    LOCK_WITNESS, /* what a machine remembers: epoch, token, ca_hash */
    LOCK_REARM,   /* the operator */
    LOCK_EVENTS
};

struct lock_event {
    enum lock_event_type type;
    const char *hostname; /* who asks; unused by EXPIRE, WITNESS and REARM */
    int64_t epoch, token; /* of the grant that is used, or what was seen (WITNESS) */
    const char *ca_hash;  /* COMMIT, WITNESS; NULL = none */
    int64_t now_ms;       /* CLOCK_BOOTTIME */
};

/* Why an event was refused; LOCK_GRANTED also when it was already so (a request that was sent again). */
enum lock_answer {
    LOCK_GRANTED,
    LOCK_HELD,
    LOCK_NOT_HOLDER,
    LOCK_STALE,
    LOCK_WRONG_STATE,
    LOCK_ALREADY_INITIALISED,
    LOCK_OTHER_CA,
    LOCK_QUARANTINED,
    LOCK_INVALID,
    LOCK_ANSWERS
};

/* The record of a seed that never saw a machine: EMPTY, epoch 1, token 0, version 1. */
struct lock lock_initial(void);

/* Writes the record that follows `event` to *ret_next when the answer is LOCK_GRANTED, else leaves it alone.
 * Nothing changed exactly when lock_equal(lock, ret_next). `ret_next` may be `lock`. */
enum lock_answer lock_next(const struct lock *lock, const struct lock_event *event, struct lock *ret_next);

bool lock_equal(const struct lock *a, const struct lock *b); /* every stored field, the lease not included */
bool lock_ca_hash_valid(const char *text);                   /* "sha256:" and 64 lower-case hex digits */
bool lock_valid(const struct lock *lock);                    /* what a store may hand out */
void lock_json(const struct lock *lock, int64_t now_ms, struct buf *ret); /* the record as API v1 shows it */

const char *lock_state_name(enum lock_state state); /* "EMPTY" ... */
bool lock_state_parse(const char *name, enum lock_state *ret_state);
const char *lock_event_name(enum lock_event_type type);   /* "reserve" ... */
const char *lock_answer_code(enum lock_answer answer);    /* the API's error code: "held" ... */
const char *lock_answer_message(enum lock_answer answer); /* a sentence for a person */
const char *lock_answer_remedy(enum lock_answer answer);
