/* SPDX-License-Identifier: Apache-2.0
 * See lock.h. Why INITIALISING has no lease: a rebooted holder's kubelet revives its static pods whatever a
 * lease says, and kubeadm checks no token, so the lease must end where side effects begin. */
#include "lock.h"

#include "net.h"
#include <stdio.h>
#include <string.h>

static const char *const state_names[LOCK_STATES] = {"EMPTY", "RESERVED", "INITIALISING", "INITIALISED", "QUARANTINE"};
static const char *const event_names[LOCK_EVENTS] = {"reserve", "begin",  "renew",   "commit",
                                                     "abort",   "expire", "witness", "rearm"};

static const struct {
    const char *code, *message, *remedy;
} answers[LOCK_ANSWERS] = {
    [LOCK_GRANTED] = {"granted", "granted", ""},
    [LOCK_HELD] = {"held", "another machine holds the bootstrap record", "wait for the record to change"},
    [LOCK_NOT_HOLDER] = {"not_holder", "this machine does not hold the bootstrap record", "reserve first"},
    [LOCK_STALE] = {"stale", "epoch and token are not those of the record", "read the record again; stop acting on it"},
    [LOCK_WRONG_STATE] = {"wrong_state", "the record's state does not allow this", "read the record again"},
    [LOCK_ALREADY_INITIALISED] = {"already_initialised", "the cluster was initialised", "join it with a ticket"},
    [LOCK_OTHER_CA] = {"other_ca", "the record was committed with another CA hash",
                       "wipe this machine's cluster state, then join; or rearm to start anew"},
    [LOCK_QUARANTINED] = {"quarantined", "a machine remembers a newer record than this seed has",
                          "restore the seed's newest backup, or rearm over the admin socket to start a new cluster"},
    [LOCK_INVALID] = {"invalid", "the request's values are not valid", "send a CA hash as sha256:<64 hex digits>"},
};

const char *lock_state_name(enum lock_state state) {
    return state < LOCK_STATES ? state_names[state] : "?";
}

bool lock_state_parse(const char *name, enum lock_state *ret_state) {
    for (unsigned i = 0; i < LOCK_STATES; i++)
        if (!strcmp(name, state_names[i])) {
            *ret_state = (enum lock_state)i;
            return true;
        }
    return false;
}

const char *lock_event_name(enum lock_event_type type) {
    return type < LOCK_EVENTS ? event_names[type] : "?";
}

const char *lock_answer_code(enum lock_answer answer) {
    return answers[answer < LOCK_ANSWERS ? answer : LOCK_INVALID].code;
}

const char *lock_answer_message(enum lock_answer answer) {
    return answers[answer < LOCK_ANSWERS ? answer : LOCK_INVALID].message;
}

const char *lock_answer_remedy(enum lock_answer answer) {
    return answers[answer < LOCK_ANSWERS ? answer : LOCK_INVALID].remedy;
}

struct lock lock_initial(void) {
    return (struct lock){.version = 1, .state = LOCK_EMPTY, .epoch = 1};
}

bool lock_ca_hash_valid(const char *text) {
    return text && !strncmp(text, "sha256:", 7) && strlen(text) == 71 && strspn(text + 7, "0123456789abcdef") == 64;
}

bool lock_equal(const struct lock *a, const struct lock *b) {
    return a->version == b->version && a->state == b->state && a->epoch == b->epoch && a->token == b->token &&
           !strcmp(a->holder, b->holder) && !strcmp(a->ca_hash, b->ca_hash);
}

bool lock_valid(const struct lock *lock) {
    bool held = lock->holder[0] != '\0', born = lock->ca_hash[0] != '\0';
    if (lock->version < 1 || lock->version > LOCK_NUMBER_MAX || lock->epoch < 1 || lock->epoch > LOCK_NUMBER_MAX ||
        lock->token < 0 || lock->token > LOCK_NUMBER_MAX || (born && !lock_ca_hash_valid(lock->ca_hash)) ||
        (held && !net_label_valid(lock->holder)))
        return false;
    switch (lock->state) {
    case LOCK_EMPTY:
        return !held && !born;
    case LOCK_RESERVED:
    case LOCK_INITIALISING:
        return held && !born;
    case LOCK_INITIALISED:
        return held && born;
    default:
        return lock->state == LOCK_QUARANTINE;
    }
}

static void change(struct lock *next, enum lock_state state) {
    next->version++;
    next->state = state;
    next->lease_until_ms = 0;
    if (state == LOCK_EMPTY) {
        next->holder[0] = '\0';
        next->ca_hash[0] = '\0';
    }
}

/* Is the sender the one whom (epoch, token) was granted? */
static enum lock_answer check_grant(const struct lock *lock, const struct lock_event *event) {
    if (strcmp(lock->holder, event->hostname))
        return LOCK_NOT_HOLDER;
    return event->epoch == lock->epoch && event->token == lock->token ? LOCK_GRANTED : LOCK_STALE;
}

static enum lock_answer reserve(struct lock *next, const struct lock_event *event) {
    bool mine = !strcmp(next->holder, event->hostname);
    switch (next->state) {
    case LOCK_EMPTY:
        if (next->token >= LOCK_NUMBER_MAX || !net_label_valid(event->hostname))
            return LOCK_INVALID;
        change(next, LOCK_RESERVED);
        next->token++;
        snprintf(next->holder, sizeof(next->holder), "%s", event->hostname);
        next->lease_until_ms = event->now_ms + LOCK_LEASE_MS;
        return LOCK_GRANTED;
    case LOCK_RESERVED:     /* sent again, or rebooted: its reservation, not a longer one */
    case LOCK_INITIALISING: /* rebooted in the middle: it resumes */
        return mine ? LOCK_GRANTED : LOCK_HELD;
    case LOCK_INITIALISED:
        return LOCK_ALREADY_INITIALISED;
    default:
        return LOCK_QUARANTINED;
    }
}

/* Every kubeadm init has a token of its own, the one of a rebooted holder too. What an interrupted attempt sent, and
 * the network still carries, is stale for the next one; and a seed that was restored to before `begin` has a lower
 * token. */
static enum lock_answer begin(struct lock *next, const struct lock_event *event) {
    enum lock_answer answer = check_grant(next, event);
    if (answer != LOCK_GRANTED)
        return answer;
    if (next->token >= LOCK_NUMBER_MAX)
        return LOCK_INVALID;
    change(next, LOCK_INITIALISING);
    next->token++;
    return LOCK_GRANTED;
}

static enum lock_answer renew(struct lock *next, const struct lock_event *event) {
    enum lock_answer answer = check_grant(next, event);
    if (answer == LOCK_GRANTED && next->state == LOCK_RESERVED)
        next->lease_until_ms = event->now_ms + LOCK_LEASE_MS;
    return answer;
}

static enum lock_answer commit(struct lock *next, const struct lock_event *event) {
    if (!lock_ca_hash_valid(event->ca_hash))
        return LOCK_INVALID;
    enum lock_answer answer = check_grant(next, event);
    if (answer != LOCK_GRANTED)
        return answer;
    if (next->state != LOCK_INITIALISING)
        return LOCK_WRONG_STATE;
    change(next, LOCK_INITIALISED);
    snprintf(next->ca_hash, sizeof(next->ca_hash), "%s", event->ca_hash);
    return LOCK_GRANTED;
}

static enum lock_answer abandon(struct lock *next, const struct lock_event *event) {
    enum lock_answer answer = check_grant(next, event);
    if (answer == LOCK_GRANTED)
        change(next, LOCK_EMPTY);
    return answer;
}

/* What the holder may still do when the record is not in its hands any more (or not yet). */
static enum lock_answer settled(const struct lock *next, const struct lock_event *event) {
    bool same = event->epoch == next->epoch && event->token == next->token;
    if (next->state == LOCK_QUARANTINE)
        return LOCK_QUARANTINED;
    if (next->state == LOCK_EMPTY) /* an abort that was sent again: nobody reserved since */
        return event->type == LOCK_ABORT && same ? LOCK_GRANTED : LOCK_NOT_HOLDER;
    if (event->type != LOCK_COMMIT || strcmp(next->holder, event->hostname))
        return LOCK_ALREADY_INITIALISED;
    if (!lock_ca_hash_valid(event->ca_hash))
        return LOCK_INVALID;
    if (!same)
        return LOCK_STALE;
    return strcmp(next->ca_hash, event->ca_hash) ? LOCK_OTHER_CA : LOCK_GRANTED;
}

/* Takes over the higher pair, so that a rearm leads beyond everything that any machine ever saw. */
static enum lock_answer witness(struct lock *next, const struct lock_event *event) {
    const char *hash = event->ca_hash ? event->ca_hash : "";
    if (event->epoch < 0 || event->epoch > LOCK_SEEN_MAX || event->token < 0 || event->token > LOCK_SEEN_MAX ||
        (hash[0] && !lock_ca_hash_valid(hash)))
        return LOCK_INVALID;
    bool newer = event->epoch > next->epoch || (event->epoch == next->epoch && event->token > next->token);
    bool other = event->epoch == next->epoch && hash[0] && strcmp(hash, next->ca_hash);
    if (!newer && (!other || next->state == LOCK_QUARANTINE))
        return LOCK_GRANTED;
    change(next, LOCK_QUARANTINE);
    if (newer) {
        if (event->epoch > next->epoch)
            next->ca_hash[0] = next->holder[0] = '\0';
        next->epoch = event->epoch;
        next->token = event->token;
    }
    return LOCK_GRANTED;
}

static enum lock_answer rearm(struct lock *next) {
    if (next->epoch >= LOCK_NUMBER_MAX)
        return LOCK_INVALID;
    change(next, LOCK_EMPTY);
    next->epoch++;
    return LOCK_GRANTED;
}

static enum lock_answer step(struct lock *next, const struct lock_event *event) {
    bool live = next->state == LOCK_RESERVED || next->state == LOCK_INITIALISING;
    switch (event->type) {
    case LOCK_RESERVE:
        return reserve(next, event);
    case LOCK_BEGIN:
        return live ? begin(next, event) : settled(next, event);
    case LOCK_RENEW:
        return live ? renew(next, event) : settled(next, event);
    case LOCK_COMMIT:
        return live ? commit(next, event) : settled(next, event);
    case LOCK_ABORT:
        return live ? abandon(next, event) : settled(next, event);
    case LOCK_EXPIRE:
        if (next->state == LOCK_RESERVED && event->now_ms >= next->lease_until_ms)
            change(next, LOCK_EMPTY);
        return LOCK_GRANTED;
    case LOCK_WITNESS:
        return witness(next, event);
    case LOCK_REARM:
        return rearm(next);
    default:
        return LOCK_INVALID;
    }
}

enum lock_answer lock_next(const struct lock *lock, const struct lock_event *event, struct lock *ret_next) {
    struct lock next = *lock;
    enum lock_answer answer = step(&next, event);
    if (next.version > LOCK_NUMBER_MAX)
        return LOCK_INVALID;
    if (answer == LOCK_GRANTED)
        *ret_next = next;
    return answer;
}

void lock_json(const struct lock *lock, int64_t now_ms, struct buf *ret) {
    int64_t left = lock->lease_until_ms > now_ms ? lock->lease_until_ms - now_ms : 0;
    buf_addf(ret, "{\"version\":%lld,\"state\":\"%s\",\"epoch\":%lld,\"token\":%lld,", (long long)lock->version,
             lock_state_name(lock->state), (long long)lock->epoch, (long long)lock->token);
    /* neither a hostname nor a CA hash has a character that JSON escapes */
    buf_addf(ret, lock->holder[0] ? "\"holder\":\"%s\"," : "\"holder\":null,", lock->holder);
    buf_addf(ret, lock->ca_hash[0] ? "\"ca_hash\":\"%s\"," : "\"ca_hash\":null,", lock->ca_hash);
    if (lock->state == LOCK_RESERVED)
        buf_addf(ret, "\"lease_ms\":%lld}", (long long)left);
    else
        buf_adds(ret, "\"lease_ms\":null}");
}
