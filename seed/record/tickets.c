/* SPDX-License-Identifier: Apache-2.0
 * See tickets.h. Where a joining etcd has a vote at once, masters join one at a time, because stacked etcd fails
 * otherwise (kubeadm#1646, #2001, #2005, cluster-api#2050). */
#include "tickets.h"

#include <stdio.h>
#include <string.h>

const char *ticket_state_name(enum ticket_state state) {
    static const char *const names[] = {"free", "waiting", "assigned", "minted", "delivered", "done", "void"};
    return (size_t)state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

static void tickets_wipe(struct ticket *t) {
    explicit_bzero(t->token, sizeof(t->token));
    explicit_bzero(t->certificate_key, sizeof(t->certificate_key));
}

static void settle(struct ticket *t, enum ticket_state state) {
    tickets_wipe(t);
    t->state = state;
    t->minter[0] = '\0';
}

static bool is_open(const struct ticket *t) {
    return t->state >= TICKET_WAITING && t->state <= TICKET_DELIVERED;
}

static struct ticket *tickets_find(const struct tickets *tickets, const char *id) {
    for (size_t i = 0; i < TICKETS_MAX; i++)
        if (tickets->list[i].state != TICKET_FREE && !strcmp(tickets->list[i].id, id))
            return (struct ticket *)&tickets->list[i];
    return NULL;
}

static struct ticket *find_of(const struct tickets *tickets, const char *id, const char *hostname) {
    struct ticket *t = tickets_find(tickets, id);
    return t && !strcmp(t->hostname, hostname) ? t : NULL;
}

const struct ticket *tickets_of(const struct tickets *tickets, const char *hostname) {
    for (size_t i = 0; i < TICKETS_MAX; i++)
        if (is_open(&tickets->list[i]) && !strcmp(tickets->list[i].hostname, hostname))
            return &tickets->list[i];
    return NULL;
}

/* An unused slot, else that of the oldest ticket that has ended. */
static struct ticket *slot(struct tickets *tickets) {
    struct ticket *oldest = NULL;
    for (size_t i = 0; i < TICKETS_MAX; i++) {
        struct ticket *t = &tickets->list[i];
        if (t->state == TICKET_FREE)
            return t;
        if (!is_open(t) && (!oldest || t->order < oldest->order))
            oldest = t;
    }
    return oldest;
}

enum ticket_answer tickets_ask(struct tickets *tickets, const char *id, const char *hostname, enum node_role kind,
                               bool rejoins, int64_t now_ms, const struct ticket **ret_ticket) {
    if (strlen(id) >= TICKET_ID_SIZE || strlen(hostname) >= TICKET_HOSTNAME_SIZE || (rejoins && kind == NODE_MASTER))
        return TICKET_BAD;
    tickets_void(tickets, hostname);
    struct ticket *t = slot(tickets);
    if (!t)
        return TICKET_FULL;
    *t = (struct ticket){.kind = kind,
                         .rejoins = rejoins,
                         .state = TICKET_WAITING,
                         .order = ++tickets->asked,
                         .deadline_ms = now_ms + TICKET_LIFE_MS,
                         .not_before_ms = now_ms};
    snprintf(t->id, sizeof(t->id), "%s", id);
    snprintf(t->hostname, sizeof(t->hostname), "%s", hostname);
    *ret_ticket = t;
    return TICKET_OK;
}

enum ticket_answer tickets_look(const struct tickets *tickets, const char *id, const char *hostname,
                                const struct ticket **ret_ticket) {
    const struct ticket *t = find_of(tickets, id, hostname);
    if (!t)
        return TICKET_UNKNOWN;
    if (!is_open(t) || t->state == TICKET_DELIVERED)
        return TICKET_GONE;
    *ret_ticket = t;
    return TICKET_OK;
}

void tickets_deliver(struct tickets *tickets, const char *id, int64_t now_ms) {
    struct ticket *t = tickets_find(tickets, id);
    if (!t || t->state != TICKET_MINTED)
        return;
    tickets_wipe(t);
    t->state = TICKET_DELIVERED;
    t->deadline_ms = now_ms + TICKET_LIFE_MS; /* a join may take long, but must not hold the slot for ever */
}

/* Whether as many masters join as may, or a master's ticket is being minted: then no other one is. */
bool tickets_any_joins(const struct tickets *tickets) {
    for (size_t i = 0; i < TICKETS_MAX; i++)
        if (tickets->list[i].state >= TICKET_WAITING && tickets->list[i].state <= TICKET_DELIVERED &&
            !tickets->list[i].rejoins)
            return true;
    return false;
}

bool tickets_master_joins(const struct tickets *tickets) {
    for (size_t i = 0; i < TICKETS_MAX; i++)
        if (tickets->list[i].kind == NODE_MASTER && is_open(&tickets->list[i]) &&
            tickets->list[i].state != TICKET_WAITING)
            return true;
    return false;
}

static bool masters_busy(const struct tickets *tickets) {
    unsigned joining = 0;
    for (size_t i = 0; i < TICKETS_MAX; i++) {
        const struct ticket *t = &tickets->list[i];
        if (t->kind != NODE_MASTER || !is_open(t) || t->state == TICKET_WAITING)
            continue;
        if (t->state == TICKET_ASSIGNED)
            return true;
        joining++;
    }
    return joining > tickets->beside;
}

const struct ticket *tickets_take(struct tickets *tickets, const char *minter, int64_t now_ms) {
    bool busy = tickets->masters_wait || masters_busy(tickets);
    struct ticket *best = NULL;
    for (size_t i = 0; i < TICKETS_MAX; i++) {
        struct ticket *t = &tickets->list[i];
        if (t->state != TICKET_WAITING || t->not_before_ms > now_ms || !strcmp(t->hostname, minter))
            continue;
        if ((t->kind == NODE_MASTER && busy) || (tickets->all_wait && !t->rejoins))
            continue;
        if (!best || (t->kind == best->kind ? t->order < best->order : t->kind == NODE_MASTER))
            best = t;
    }
    if (!best || strlen(minter) >= sizeof(best->minter))
        return NULL;
    best->state = TICKET_ASSIGNED;
    best->lease_until_ms = now_ms + TICKET_LEASE_MS;
    snprintf(best->minter, sizeof(best->minter), "%s", minter);
    return best;
}

/* The ticket that `minter` may answer now. */
static enum ticket_answer leased(struct tickets *tickets, const char *id, const char *minter, int64_t now_ms,
                                 struct ticket **ret_ticket) {
    struct ticket *t = tickets_find(tickets, id);
    if (!t)
        return TICKET_UNKNOWN;
    if (t->state != TICKET_ASSIGNED || strcmp(t->minter, minter) || now_ms >= t->lease_until_ms)
        return TICKET_NOT_YOURS;
    *ret_ticket = t;
    return TICKET_OK;
}

static bool token_valid(const char *token) {
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    return token && strlen(token) == 23 && strspn(token, alphabet) == 6 && token[6] == '.' &&
           strspn(token + 7, alphabet) == 16;
}

static bool key_valid(const char *key) {
    return key && strlen(key) == 64 && strspn(key, "0123456789abcdef") == 64;
}

enum ticket_answer tickets_mint(struct tickets *tickets, const char *id, const char *minter, const char *token,
                                const char *certificate_key, int64_t now_ms) {
    struct ticket *t;
    enum ticket_answer answer = leased(tickets, id, minter, now_ms, &t);
    if (answer != TICKET_OK)
        return answer;
    bool master = t->kind == NODE_MASTER;
    if (!token_valid(token) || (master ? !key_valid(certificate_key) : certificate_key != NULL))
        return TICKET_BAD;
    snprintf(t->token, sizeof(t->token), "%s", token);
    snprintf(t->certificate_key, sizeof(t->certificate_key), "%s", master ? certificate_key : "");
    t->state = TICKET_MINTED;
    t->reason[0] = '\0';
    return TICKET_OK;
}

static void put_back(struct ticket *t, int64_t not_before_ms) {
    t->state = TICKET_WAITING;
    t->not_before_ms = not_before_ms;
    t->minter[0] = '\0';
}

enum ticket_answer tickets_fail(struct tickets *tickets, const char *id, const char *minter, const char *reason,
                                int64_t now_ms) {
    struct ticket *t;
    enum ticket_answer answer = leased(tickets, id, minter, now_ms, &t);
    if (answer != TICKET_OK)
        return answer;
    snprintf(t->reason, sizeof(t->reason), "%s: %s", minter, reason);
    put_back(t, now_ms + TICKET_RETRY_MS);
    /* goes behind the others: it may wait for one of them, as for an etcd member that must come back */
    t->order = ++tickets->asked;
    return TICKET_OK;
}

enum ticket_state tickets_state(const struct tickets *tickets, const char *id) {
    const struct ticket *t = tickets_find(tickets, id);
    return t ? t->state : TICKET_FREE;
}

enum ticket_answer tickets_done(struct tickets *tickets, const char *id, const char *hostname) {
    struct ticket *t = find_of(tickets, id, hostname);
    if (!t)
        return TICKET_UNKNOWN;
    if (is_open(t))
        settle(t, TICKET_DONE);
    return TICKET_OK;
}

bool tickets_expire(struct tickets *tickets, int64_t now_ms) {
    bool changed = false;
    for (size_t i = 0; i < TICKETS_MAX; i++) {
        struct ticket *t = &tickets->list[i];
        if (is_open(t) && now_ms >= t->deadline_ms) {
            settle(t, TICKET_VOID);
            changed = true;
        } else if (t->state == TICKET_ASSIGNED && now_ms >= t->lease_until_ms) {
            char minter[sizeof(t->minter)];
            memcpy(minter, t->minter, sizeof(minter));
            snprintf(t->reason, sizeof(t->reason), "%s took the request and did not answer in %d s", minter,
                     TICKET_LEASE_MS / 1000);
            put_back(t, now_ms);
            changed = true;
        } else if (t->state == TICKET_WAITING && t->not_before_ms && now_ms >= t->not_before_ms) {
            t->not_before_ms = 0;
            changed = true;
        }
    }
    return changed;
}

int64_t tickets_next_ms(const struct tickets *tickets, int64_t now_ms) {
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < TICKETS_MAX; i++) {
        const struct ticket *t = &tickets->list[i];
        if (!is_open(t))
            continue;
        int64_t at = t->deadline_ms;
        if (t->state == TICKET_ASSIGNED && t->lease_until_ms < at)
            at = t->lease_until_ms;
        if (t->state == TICKET_WAITING && t->not_before_ms > now_ms && t->not_before_ms < at)
            at = t->not_before_ms;
        if (at < next)
            next = at;
    }
    return next;
}

void tickets_void(struct tickets *tickets, const char *hostname) {
    for (size_t i = 0; i < TICKETS_MAX; i++) {
        struct ticket *t = &tickets->list[i];
        if (is_open(t) && (!hostname || !strcmp(t->hostname, hostname)))
            settle(t, TICKET_VOID);
    }
}

size_t tickets_count(const struct tickets *tickets, enum ticket_state state) {
    size_t n = 0;
    for (size_t i = 0; i < TICKETS_MAX; i++)
        n += tickets->list[i].state == state;
    return n;
}
