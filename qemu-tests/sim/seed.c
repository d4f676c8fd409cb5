/* SPDX-License-Identifier: Apache-2.0
 * See seed.h. What the routes of seed/server/ do with a request, in the same order. */
#include "seed.h"

#include "server/state/claims.h"
#include "server/state/record_keeper.h"
#include "record/tickets.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAITING = 32 };

struct seed {
    struct disk *disk;
    struct oracle *oracle;
    struct random *random;
    struct store *store; /* NULL: the process does not run */
    struct record_keeper record;
    struct claims claims;
    struct tickets tickets;
    struct {
        struct request request;
        int64_t until;
    } waiting[WAITING];
    size_t n_waiting;
    bool tickets_changed; /* long-polls for tickets must be looked at */
};

struct seed *seed_new(struct disk *disk, struct oracle *oracle, struct random *random) {
    struct seed *seed = calloc(1, sizeof(*seed));
    if (seed)
        *seed = (struct seed){.disk = disk, .oracle = oracle, .random = random};
    return seed;
}

bool seed_is_up(const struct seed *seed) {
    return seed->store != NULL;
}

void seed_stop(struct seed *seed) {
    claims_free(&seed->claims);
    store_close(seed->store);
    seed->store = NULL;
    seed->n_waiting = 0;
    seed->tickets_changed = false;
}

int seed_start(struct seed *seed, int64_t now, enum oracle_cause cause) {
    struct error err = {0};
    memset(&seed->tickets, 0, sizeof(seed->tickets));
    if (store_open_sqlite("seed.sqlite", &seed->store, &err) == 0 &&
        record_keeper_load(&seed->record, seed->store, now, &err) == 0 &&
        claims_load(&seed->claims, seed->store, &err) == 0) {
        oracle_record(seed->oracle, &seed->record.now, cause);
        return 0;
    }
    if (!seed->disk->off)
        oracle_violate(seed->oracle, "the database opens after every power cut", "%.200s", err.message);
    seed_stop(seed);
    return -1;
}

/* server_apply(), and the oracle. */
static int apply(struct seed *seed, const struct record_event *seen, const struct record_event *event, int64_t now,
                 enum record_answer *ret_answer) {
    struct error err = {0};
    const struct bootstrap_record before = seed->record.now;
    int result = record_keeper_apply(&seed->record, seen, event, now, ret_answer, &err);
    if (result < 0)
        return -1;
    oracle_record(seed->oracle, &seed->record.now, event && event->type == RECORD_REARM ? ORACLE_REARM : ORACLE_EVENT);
    if (record_equal(&before, &seed->record.now))
        return 0;
    seed->tickets_changed = true;
    if (seed->record.now.state != RECORD_INITIALISED)
        tickets_void(&seed->tickets, NULL);
    return 0;
}

static void print_record(const struct seed *seed, int64_t now, struct reply *ret) {
    cleanup_buf struct buf text = BUF_INIT(WIRE_RECORD);
    record_json(&seed->record.now, now, &text);
    snprintf(ret->record, sizeof(ret->record), "%s", buf_text(&text));
}

/* The site: three masters, then workers; the MAC is the key. */
static void node_of(const struct store_claim *claim, char ret_hostname[WIRE_NAME], enum node_role *ret_role) {
    int number = claim->mac[16] - '0';
    *ret_role = number <= 3 ? NODE_MASTER : NODE_WORKER;
    snprintf(ret_hostname, WIRE_NAME, "%c%d", number <= 3 ? 'm' : 'n', number);
}

static int claim(struct seed *seed, const struct request *request, struct reply *ret) {
    const struct store_claim *bound = claims_find_mac(&seed->claims, request->claim);
    struct store_claim wanted = {0};
    struct error err = {0};
    if (bound) {
        snprintf(ret->claim, sizeof(ret->claim), "%s", bound->claim);
        return strcmp(bound->key, request->key) ? 409 : 200;
    }
    snprintf(wanted.mac, sizeof(wanted.mac), "%.17s", request->claim);
    snprintf(wanted.key, sizeof(wanted.key), "%.64s", request->key);
    if (claims_bind(&seed->claims, &wanted, &err) < 0)
        return 503;
    snprintf(ret->claim, sizeof(ret->claim), "%s", wanted.claim);
    return 201;
}

static bool suspend(struct seed *seed, const struct request *request, int64_t until, int64_t now) {
    if (until <= now || seed->n_waiting == WAITING)
        return false;
    seed->waiting[seed->n_waiting].request = *request;
    seed->waiting[seed->n_waiting++].until = until;
    return true;
}

static int transition(struct seed *seed, const struct request *request, const char *hostname, int64_t now,
                      struct reply *ret) {
    static const enum record_event_type types[] = {[CALL_RESERVE] = RECORD_RESERVE,
                                                   [CALL_BEGIN] = RECORD_BEGIN,
                                                   [CALL_COMMIT] = RECORD_COMMIT,
                                                   [CALL_ABORT] = RECORD_ABORT};
    const struct record_event seen = {.type = RECORD_WITNESS,
                                      .epoch = (int64_t)request->seen.epoch,
                                      .token = (int64_t)request->seen.token,
                                      .ca_hash = request->seen.ca_hash[0] ? request->seen.ca_hash : NULL};
    const struct record_event event = {.type = types[request->call],
                                       .hostname = hostname,
                                       .epoch = (int64_t)request->grant.epoch,
                                       .token = (int64_t)request->grant.token,
                                       .ca_hash = request->grant.ca_hash,
                                       .now_ms = now};
    enum record_answer answer;
    const struct bootstrap_record before = seed->record.now;
    bool only_ask = request->call == CALL_RECORD;
    if (apply(seed, only_ask && !seen.epoch && !seen.ca_hash ? NULL : &seen, only_ask ? NULL : &event, now, &answer) <
        0)
        return 503;
    oracle_witness(seed->oracle, request->from, &request->known, &before, &seed->record.now);
    print_record(seed, now, ret);
    return answer == RECORD_GRANTED ? 200 : 409;
}

static int status_of(enum ticket_answer answer) {
    static const int statuses[] = {[TICKET_OK] = 200,        [TICKET_UNKNOWN] = 404, [TICKET_GONE] = 410,
                                   [TICKET_NOT_YOURS] = 409, [TICKET_BAD] = 400,     [TICKET_FULL] = 503};
    return statuses[answer];
}

static int ask_ticket(struct seed *seed, const char *hostname, enum node_role role, int64_t now, struct reply *ret) {
    const struct ticket *ticket;
    if (seed->record.now.state != RECORD_INITIALISED)
        return 409;
    snprintf(ret->ticket, sizeof(ret->ticket), "%016llx", (unsigned long long)random_next(seed->random));
    return status_of(tickets_ask(&seed->tickets, ret->ticket, hostname, role, false, now, &ticket));
}

/* Returns 0 when the request must wait. */
static int look_at_ticket(struct seed *seed, const struct request *request, const char *hostname, int64_t now,
                          struct reply *ret) {
    const struct ticket *ticket;
    enum ticket_answer answer = tickets_look(&seed->tickets, request->ticket, hostname, &ticket);
    if (answer != TICKET_OK)
        return status_of(answer);
    if (ticket->state != TICKET_MINTED)
        return suspend(seed, request, now + request->wait_ms, now) ? 0 : 202;
    snprintf(ret->token, sizeof(ret->token), "%s", ticket->token);
    snprintf(ret->ca_hash, sizeof(ret->ca_hash), "%s", seed->record.now.ca_hash);
    tickets_deliver(&seed->tickets, ticket->id, now);
    return 200;
}

static int take_pending(struct seed *seed, const struct request *request, const char *hostname, int64_t now,
                        struct reply *ret) {
    const struct ticket *ticket =
        seed->record.now.state == RECORD_INITIALISED ? tickets_take(&seed->tickets, hostname, now) : NULL;
    if (!ticket)
        return suspend(seed, request, now + request->wait_ms, now) ? 0 : 204;
    snprintf(ret->ticket, sizeof(ret->ticket), "%s", ticket->id);
    ret->for_master = ticket->kind == NODE_MASTER;
    return 200;
}

static int handle(struct seed *seed, int64_t now, const struct request *request, struct reply *ret) {
    char hostname[WIRE_NAME];
    enum node_role role;
    if (request->call == CALL_CLAIM)
        return claim(seed, request, ret);
    const struct store_claim *bound = claims_find(&seed->claims, request->claim);
    if (!bound)
        return 401;
    node_of(bound, hostname, &role);
    seed->tickets_changed |=
        request->call == CALL_TICKET || request->call == CALL_TICKET_DONE || request->call == CALL_MINT;
    switch (request->call) {
    case CALL_TICKET:
        return ask_ticket(seed, hostname, role, now, ret);
    case CALL_TICKET_LOOK:
        return look_at_ticket(seed, request, hostname, now, ret);
    case CALL_TICKET_DONE:
        return status_of(tickets_done(&seed->tickets, request->ticket, hostname));
    case CALL_PENDING:
        return take_pending(seed, request, hostname, now, ret);
    case CALL_MINT:
        return status_of(request->token[0]
                             ? tickets_mint(&seed->tickets, request->ticket, hostname, request->token,
                                            request->certificate_key[0] ? request->certificate_key : NULL, now)
                             : tickets_fail(&seed->tickets, request->ticket, hostname, "not now", now));
    default:
        break;
    }
    int status = transition(seed, request, hostname, now, ret);
    bool newest =
        request->call == CALL_RECORD && status == 200 && request->version == (uint64_t)seed->record.now.version;
    return newest && suspend(seed, request, now + request->wait_ms, now) ? 0 : status;
}

static enum seed_does died(struct seed *seed) {
    if (!seed->disk->off)
        return SEED_ANSWERS;
    seed_stop(seed);
    return SEED_DIES;
}

enum seed_does seed_handle(struct seed *seed, int64_t now, const struct request *request, struct reply *ret) {
    *ret = (struct reply){.to = request->from, .serial = request->serial, .of_minter = request->of_minter};
    ret->status = handle(seed, now, request, ret);
    if (died(seed) == SEED_DIES)
        return SEED_DIES;
    return ret->status ? SEED_ANSWERS : SEED_WAITS;
}

enum seed_does seed_tick(struct seed *seed, int64_t now) {
    enum record_answer answer;
    seed->tickets_changed |= tickets_expire(&seed->tickets, now);
    apply(seed, NULL, NULL, now, &answer);
    return died(seed);
}

/* Whether the long-poll has its answer: something changed, or its time is up. */
static bool is_due(struct seed *seed, const struct request *request, int64_t until, int64_t now) {
    const struct ticket *ticket;
    if (now >= until)
        return true;
    if (request->call == CALL_RECORD)
        return request->version != (uint64_t)seed->record.now.version;
    if (!seed->tickets_changed)
        return false;
    if (request->call == CALL_PENDING)
        return seed->record.now.state == RECORD_INITIALISED && tickets_count(&seed->tickets, TICKET_WAITING) > 0;
    const struct store_claim *bound = claims_find(&seed->claims, request->claim);
    char hostname[WIRE_NAME];
    enum node_role role;
    if (!bound)
        return true;
    node_of(bound, hostname, &role);
    return tickets_look(&seed->tickets, request->ticket, hostname, &ticket) != TICKET_OK ||
           ticket->state == TICKET_MINTED;
}

/* Takes the oldest long-poll off the list. */
static void take(struct seed *seed, struct request *ret_request, int64_t *ret_until) {
    *ret_request = seed->waiting[0].request;
    *ret_until = seed->waiting[0].until;
    memmove(&seed->waiting[0], &seed->waiting[1], --seed->n_waiting * sizeof(seed->waiting[0]));
}

bool seed_wake(struct seed *seed, int64_t now, struct reply *ret) {
    for (size_t left = seed->n_waiting; left > 0 && seed->store; left--) {
        struct request request;
        int64_t until;
        take(seed, &request, &until);
        request.wait_ms = now >= until ? 0 : until - now;
        if (!is_due(seed, &request, until, now))
            suspend(seed, &request, until, now);
        else if (seed_handle(seed, now, &request, ret) == SEED_ANSWERS)
            return true;
    }
    seed->tickets_changed = false;
    return false;
}

enum seed_does seed_rearm(struct seed *seed, int64_t now) {
    const struct record_event event = {.type = RECORD_REARM};
    enum record_answer answer;
    apply(seed, NULL, &event, now, &answer);
    return died(seed);
}

enum seed_does seed_recover(struct seed *seed, int64_t now, const char *hostname, const struct record_id *proof) {
    const struct record_event seen = {.type = RECORD_WITNESS,
                                      .epoch = (int64_t)proof->epoch,
                                      .token = (int64_t)proof->token},
                              event = {.type = RECORD_RECOVER,
                                       .hostname = hostname,
                                       .epoch = (int64_t)proof->epoch,
                                       .token = (int64_t)proof->token,
                                       .ca_hash = proof->ca_hash};
    enum record_answer answer;
    oracle_recovers(seed->oracle, proof->ca_hash);
    apply(seed, &seen, &event, now, &answer);
    return died(seed);
}
