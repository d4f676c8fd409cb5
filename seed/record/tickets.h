/* SPDX-License-Identifier: Apache-2.0
 * The queue of join tickets: joiners ask for them, Ready masters mint them, each is delivered once. Pure: the caller
 * passes time and random ids. The secrets are only here, in memory, and are overwritten when delivered or void. */
#pragma once
#include "role.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TICKETS_MAX = 512,
    TICKET_ID_SIZE = 33, /* 32 hex digits */
    TICKET_HOSTNAME_SIZE = 64,
    TICKET_REASON_SIZE = 512,
    TICKET_TOKEN_SIZE = 24,          /* kubeadm: [a-z0-9]{6}.[a-z0-9]{16} */
    TICKET_KEY_SIZE = 65,            /* kubeadm certificate key: 64 hex digits */
    TICKET_LIFE_MS = 15 * 60 * 1000, /* from request to delivery, and from delivery to the end of the join */
    TICKET_LEASE_MS = 60 * 1000,     /* a master's time to mint */
    TICKET_RETRY_MS = 1000,          /* after a failed mint */
};

enum ticket_state {
    TICKET_FREE,      /* slot unused */
    TICKET_WAITING,   /* for a master to take it */
    TICKET_ASSIGNED,  /* a master mints */
    TICKET_MINTED,    /* the secret waits for the joiner */
    TICKET_DELIVERED, /* the joiner joins */
    TICKET_DONE,
    TICKET_VOID /* superseded or too old */
};

struct ticket {
    char id[TICKET_ID_SIZE];
    char hostname[TICKET_HOSTNAME_SIZE]; /* the joiner */
    char minter[TICKET_HOSTNAME_SIZE];   /* the master that holds the lease, or "" */
    enum node_role kind;
    bool rejoins; /* a worker that is a member, and whose kubelet's certificate ended: its Node stays */
    enum ticket_state state;
    uint64_t order; /* first come, first served */
    int64_t deadline_ms, lease_until_ms, not_before_ms;
    char reason[TICKET_REASON_SIZE]; /* the last failure of a minter, or "" */
    char token[TICKET_TOKEN_SIZE];
    char certificate_key[TICKET_KEY_SIZE];
};

struct tickets {
    struct ticket list[TICKETS_MAX];
    uint64_t asked;
    bool masters_wait; /* a machine is worked on (maintenance.h) */
    bool all_wait;     /* the cluster is being upgraded: nobody new joins */
    unsigned beside;   /* how many more masters may join beside one that does; 0 where etcd takes a voter at once */
};

enum ticket_answer {
    TICKET_OK,
    TICKET_UNKNOWN,   /* no such id, or not this machine's */
    TICKET_GONE,      /* delivered, superseded or too old */
    TICKET_NOT_YOURS, /* another master's, or its lease is over */
    TICKET_BAD,       /* token or certificate key malformed, missing or not for this kind */
    TICKET_FULL
};

/* Puts a new request in the queue and voids older ones of the same hostname. *ret_ticket belongs to `tickets`.
 * TICKET_BAD: a master cannot rejoin, it needs no ticket for its kubelet (agent/bootstrap/certificates.h). */
enum ticket_answer tickets_ask(struct tickets *tickets, const char *id, const char *hostname, enum node_role kind,
                               bool rejoins, int64_t now_ms, const struct ticket **ret_ticket);

/* For the joiner: looks at its ticket. TICKET_OK: *ret_ticket has the state; in MINTED the secret is there. */
enum ticket_answer tickets_look(const struct tickets *tickets, const char *id, const char *hostname,
                                const struct ticket **ret_ticket);

/* Whether a master is in the middle of its join: its ticket is with a minter, or was minted and it has not ended. */
bool tickets_master_joins(const struct tickets *tickets);

/* Whether any machine asked for a ticket and has not joined yet; one that rejoins does not count. */
bool tickets_any_joins(const struct tickets *tickets);

/* Marks a MINTED ticket DELIVERED and wipes the secret. */
void tickets_deliver(struct tickets *tickets, const char *id, int64_t now_ms);

/* Leases the next request to the master `minter`; NULL: there is none. Requests of masters come first, but one at a
 * time, and `beside` more: none is leased while one of a master's is ASSIGNED, or more than `beside` are between MINTED
 * and DONE. Stacked etcd takes one new member at a time; where that is a learner first, the minting master sees to it
 * (agent/member/slot.h). A request that could not be minted goes behind the others of its kind. */
const struct ticket *tickets_take(struct tickets *tickets, const char *minter, int64_t now_ms);

/* The minting master's answer: a token, and for a master's ticket also the certificate key; or the reason why it could
 * not mint. */
enum ticket_answer tickets_mint(struct tickets *tickets, const char *id, const char *minter, const char *token,
                                const char *certificate_key, int64_t now_ms);
enum ticket_answer tickets_fail(struct tickets *tickets, const char *id, const char *minter, const char *reason,
                                int64_t now_ms);

/* The machine's open ticket, neither done nor void; NULL: it has none. */
const struct ticket *tickets_of(const struct tickets *tickets, const char *hostname);

/* The state of the ticket with that id, of any machine; TICKET_FREE when the seed has no such ticket. */
enum ticket_state tickets_state(const struct tickets *tickets, const char *id);

/* The join has ended, well or not: frees the slot. Idempotent. */
enum ticket_answer tickets_done(struct tickets *tickets, const char *id, const char *hostname);

/* Applies the passing of time. Returns true when anything changed that a waiting machine may want to know. */
bool tickets_expire(struct tickets *tickets, int64_t now_ms);

/* When tickets_expire() next has work, or a request becomes available again; INT64_MAX = never. */
int64_t tickets_next_ms(const struct tickets *tickets, int64_t now_ms);

/* Drops every request of a hostname, or of all when NULL; wipes their secrets. */
void tickets_void(struct tickets *tickets, const char *hostname);

size_t tickets_count(const struct tickets *tickets, enum ticket_state state);
const char *ticket_state_name(enum ticket_state state); /* "waiting" ... */
