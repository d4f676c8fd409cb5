/* SPDX-License-Identifier: Apache-2.0
 * Planned events in the order of simulated time; events at the same time in the order in which they were planned. */
#pragma once
#include "wire.h"

enum event_kind {
    EVENT_REQUEST,   /* reaches the seed */
    EVENT_REPLY,     /* reaches the machine */
    EVENT_TIMEOUT,   /* the machine stops waiting for `serial` */
    EVENT_SAVED,     /* the journal is on disk */
    EVENT_EFFECT,    /* the effect ends */
    EVENT_INSIDE,    /* the effect is half way through */
    EVENT_RETRY,     /* the step starts over */
    EVENT_POWER_ON,  /* a machine boots */
    EVENT_POWER_OFF, /* ... loses power */
    EVENT_KILL,      /* ... loses its agent */
    EVENT_PAUSE,
    EVENT_WITNESS, /* a member tells the seed what it remembers */
    EVENT_MINT,    /* the minter asks, or its mint is done */
    EVENT_TICK,    /* time passes at the seed: leases, tickets, long-polls */
    EVENT_SEED_OFF,
    EVENT_SEED_ON,
    EVENT_ROLLBACK,
    EVENT_REARM,
    EVENT_OPERATOR /* looks at the rack */
};

struct event {
    enum event_kind kind;
    int machine;
    unsigned generation; /* of the machine's process that it is for; 0: any */
    unsigned serial;
    union {
        struct request request;
        struct reply reply;
    };
};

enum { QUEUE_MAX = 1024 };

struct queue {
    struct {
        int64_t at;
        uint64_t order;
        unsigned slot;
    } heap[QUEUE_MAX];
    unsigned n, unused[QUEUE_MAX], n_unused;
    uint64_t planned;
    struct event slots[QUEUE_MAX];
};

void queue_clear(struct queue *queue);
/* A copy of *event; false when there is no room (it is lost then). */
bool queue_add(struct queue *queue, int64_t at, const struct event *event);
/* The next one and its time; false: nothing is planned. */
bool queue_take(struct queue *queue, int64_t *ret_at, struct event *ret);
