/* SPDX-License-Identifier: Apache-2.0
 * See record.h. INITIALISING has no lease. After a reboot the holder's kubelet starts its static pods again whatever a
 * lease says, and kubeadm does not check a fencing token. So the lease must end where side effects begin. */
#include "record.h"

#include "net.h"
#include <stdio.h>
#include <string.h>

static const char *const event_names[RECORD_EVENTS] = {"reserve", "begin",   "renew", "commit", "abort",
                                                       "expire",  "witness", "rearm", "recover"};

static const struct {
    const char *code, *message, *remedy;
} answers[RECORD_ANSWERS] = {
    [RECORD_GRANTED] = {"granted", "granted", ""},
    [RECORD_HELD] = {"held", "another machine holds the bootstrap record", "wait for the record to change"},
    [RECORD_NOT_HOLDER] = {"not_holder", "this machine does not hold the bootstrap record", "reserve first"},
    [RECORD_STALE] = {"stale", "epoch and token are not those of the record",
                      "read the record again; stop acting on it"},
    [RECORD_WRONG_STATE] = {"wrong_state", "the record's state does not allow this", "read the record again"},
    [RECORD_ALREADY_INITIALISED] = {"already_initialised", "the cluster was initialised", "join it with a ticket"},
    [RECORD_OTHER_CA] = {"other_ca", "the record was committed with another CA hash",
                         "wipe this machine's cluster state, then join; or rearm to start a new cluster"},
    [RECORD_QUARANTINED] =
        {"quarantined", "a machine remembers a newer record than this seed has",
         "restore the seed's newest backup; without one, seedctl recover adopts the cluster that lives"},
    [RECORD_INVALID] = {"invalid", "the request's values are not valid", "send a CA hash as sha256:<64 hex digits>"},
};

const char *record_event_name(enum record_event_type type) {
    return type < RECORD_EVENTS ? event_names[type] : "?";
}

const char *record_answer_code(enum record_answer answer) {
    return answers[answer < RECORD_ANSWERS ? answer : RECORD_INVALID].code;
}

const char *record_answer_message(enum record_answer answer) {
    return answers[answer < RECORD_ANSWERS ? answer : RECORD_INVALID].message;
}

const char *record_answer_remedy(enum record_answer answer) {
    return answers[answer < RECORD_ANSWERS ? answer : RECORD_INVALID].remedy;
}

struct bootstrap_record record_initial(void) {
    return (struct bootstrap_record){.version = 1, .state = RECORD_EMPTY, .epoch = 1};
}

bool record_equal(const struct bootstrap_record *a, const struct bootstrap_record *b) {
    return a->version == b->version && a->state == b->state && a->epoch == b->epoch && a->token == b->token &&
           !strcmp(a->holder, b->holder) && !strcmp(a->ca_hash, b->ca_hash);
}

bool record_valid(const struct bootstrap_record *record) {
    bool held = record->holder[0] != '\0', has_ca = record->ca_hash[0] != '\0';
    if (record->version < 1 || record->version > RECORD_NUMBER_MAX || record->epoch < 1 ||
        record->epoch > RECORD_NUMBER_MAX || record->token < 0 || record->token > RECORD_NUMBER_MAX ||
        (has_ca && !ca_hash_valid(record->ca_hash)) || (held && !net_label_valid(record->holder)))
        return false;
    switch (record->state) {
    case RECORD_EMPTY:
        return !held && !has_ca;
    case RECORD_RESERVED:
    case RECORD_INITIALISING:
        return held && !has_ca;
    case RECORD_INITIALISED:
        return held && has_ca;
    default:
        return record->state == RECORD_QUARANTINE;
    }
}

static void change(struct bootstrap_record *next, enum record_state state) {
    next->version++;
    next->state = state;
    next->lease_until_ms = 0;
    if (state == RECORD_EMPTY) {
        next->holder[0] = '\0';
        next->ca_hash[0] = '\0';
    }
}

/* Whether the sender is the holder and uses the record's (epoch, token). */
static enum record_answer check_holder(const struct bootstrap_record *record, const struct record_event *event) {
    if (strcmp(record->holder, event->hostname))
        return RECORD_NOT_HOLDER;
    return event->epoch == record->epoch && event->token == record->token ? RECORD_GRANTED : RECORD_STALE;
}

static enum record_answer record_reserve(struct bootstrap_record *next, const struct record_event *event) {
    bool mine = !strcmp(next->holder, event->hostname);
    switch (next->state) {
    case RECORD_EMPTY:
        if (next->token >= RECORD_NUMBER_MAX || !net_label_valid(event->hostname))
            return RECORD_INVALID;
        change(next, RECORD_RESERVED);
        next->token++;
        snprintf(next->holder, sizeof(next->holder), "%s", event->hostname);
        next->lease_until_ms = event->now_ms + RECORD_LEASE_MS;
        return RECORD_GRANTED;
    case RECORD_RESERVED:     /* the request was repeated, or the holder rebooted: the lease is not extended */
    case RECORD_INITIALISING: /* the holder rebooted: it resumes */
        return mine ? RECORD_GRANTED : RECORD_HELD;
    case RECORD_INITIALISED:
        return RECORD_ALREADY_INITIALISED;
    default:
        return RECORD_QUARANTINED;
    }
}

/* Every kubeadm init gets a new token, also that of a rebooted holder. So a request that an interrupted attempt sent is
 * stale for the next attempt, and a seed that was restored to a state before `begin` is recognised by its lower
 * token. */
static enum record_answer record_begin(struct bootstrap_record *next, const struct record_event *event) {
    enum record_answer answer = check_holder(next, event);
    if (answer != RECORD_GRANTED)
        return answer;
    if (next->token >= RECORD_NUMBER_MAX)
        return RECORD_INVALID;
    change(next, RECORD_INITIALISING);
    next->token++;
    return RECORD_GRANTED;
}

static enum record_answer renew(struct bootstrap_record *next, const struct record_event *event) {
    enum record_answer answer = check_holder(next, event);
    if (answer == RECORD_GRANTED && next->state == RECORD_RESERVED)
        next->lease_until_ms = event->now_ms + RECORD_LEASE_MS;
    return answer;
}

static enum record_answer commit(struct bootstrap_record *next, const struct record_event *event) {
    if (!ca_hash_valid(event->ca_hash))
        return RECORD_INVALID;
    enum record_answer answer = check_holder(next, event);
    if (answer != RECORD_GRANTED)
        return answer;
    if (next->state != RECORD_INITIALISING)
        return RECORD_WRONG_STATE;
    change(next, RECORD_INITIALISED);
    snprintf(next->ca_hash, sizeof(next->ca_hash), "%s", event->ca_hash);
    return RECORD_GRANTED;
}

static enum record_answer abandon(struct bootstrap_record *next, const struct record_event *event) {
    enum record_answer answer = check_holder(next, event);
    if (answer == RECORD_GRANTED)
        change(next, RECORD_EMPTY);
    return answer;
}

/* The answer to a holder's request in a state in which it may not act: EMPTY, INITIALISED or QUARANTINE. */
static enum record_answer settled(const struct bootstrap_record *next, const struct record_event *event) {
    bool same = event->epoch == next->epoch && event->token == next->token;
    if (next->state == RECORD_QUARANTINE)
        return RECORD_QUARANTINED;
    if (next->state == RECORD_EMPTY) /* a repeated abort, and nobody reserved since */
        return event->type == RECORD_ABORT && same ? RECORD_GRANTED : RECORD_NOT_HOLDER;
    if (event->type != RECORD_COMMIT || strcmp(next->holder, event->hostname))
        return RECORD_ALREADY_INITIALISED;
    if (!ca_hash_valid(event->ca_hash))
        return RECORD_INVALID;
    if (!same)
        return RECORD_STALE;
    return strcmp(next->ca_hash, event->ca_hash) ? RECORD_OTHER_CA : RECORD_GRANTED;
}

/* Takes over a higher pair, so that a rearm or a recovery leads to an epoch above all that any machine ever saw. Above
 * RECORD_SEEN_MAX it proves as much, and the numbers stay: machines may remember such a record after a recovery. */
static enum record_answer witness(struct bootstrap_record *next, const struct record_event *event) {
    const char *hash = event->ca_hash ? event->ca_hash : "";
    if (event->epoch < 0 || event->epoch > RECORD_NUMBER_MAX || event->token < 0 || event->token > RECORD_NUMBER_MAX ||
        (hash[0] && !ca_hash_valid(hash)))
        return RECORD_INVALID;
    bool newer = event->epoch > next->epoch || (event->epoch == next->epoch && event->token > next->token);
    bool other = event->epoch == next->epoch && hash[0] && strcmp(hash, next->ca_hash);
    bool counts = newer && event->epoch <= RECORD_SEEN_MAX && event->token <= RECORD_SEEN_MAX;
    if (!counts && ((!newer && !other) || next->state == RECORD_QUARANTINE))
        return RECORD_GRANTED;
    change(next, RECORD_QUARANTINE);
    if (counts) {
        if (event->epoch > next->epoch)
            next->ca_hash[0] = next->holder[0] = '\0';
        next->epoch = event->epoch;
        next->token = event->token;
    }
    return RECORD_GRANTED;
}

static enum record_answer record_rearm(struct bootstrap_record *next) {
    if (next->epoch >= RECORD_NUMBER_MAX)
        return RECORD_INVALID;
    change(next, RECORD_EMPTY);
    next->epoch++;
    return RECORD_GRANTED;
}

/* The seed lost its record, the cluster lives on. The next epoch is above all that any machine saw, as after a rearm:
 * so no other hash was ever committed in it, and what members of another cluster remember changes nothing. */
static enum record_answer record_recover(struct bootstrap_record *next, const struct record_event *event) {
    bool newer = event->epoch > next->epoch || (event->epoch == next->epoch && event->token > next->token);
    if (!ca_hash_valid(event->ca_hash) || !net_label_valid(event->hostname))
        return RECORD_INVALID;
    if (next->state == RECORD_INITIALISED) /* sent again */
        return strcmp(next->ca_hash, event->ca_hash) ? RECORD_ALREADY_INITIALISED : RECORD_GRANTED;
    if (next->state != RECORD_QUARANTINE)
        return RECORD_WRONG_STATE;
    if (newer)
        return RECORD_STALE;
    if (next->epoch >= RECORD_NUMBER_MAX)
        return RECORD_INVALID;
    change(next, RECORD_INITIALISED);
    next->epoch++;
    snprintf(next->holder, sizeof(next->holder), "%s", event->hostname);
    snprintf(next->ca_hash, sizeof(next->ca_hash), "%s", event->ca_hash);
    return RECORD_GRANTED;
}

static enum record_answer step(struct bootstrap_record *next, const struct record_event *event) {
    bool live = next->state == RECORD_RESERVED || next->state == RECORD_INITIALISING;
    switch (event->type) {
    case RECORD_RESERVE:
        return record_reserve(next, event);
    case RECORD_BEGIN:
        return live ? record_begin(next, event) : settled(next, event);
    case RECORD_RENEW:
        return live ? renew(next, event) : settled(next, event);
    case RECORD_COMMIT:
        return live ? commit(next, event) : settled(next, event);
    case RECORD_ABORT:
        return live ? abandon(next, event) : settled(next, event);
    case RECORD_EXPIRE:
        if (next->state == RECORD_RESERVED && event->now_ms >= next->lease_until_ms)
            change(next, RECORD_EMPTY);
        return RECORD_GRANTED;
    case RECORD_WITNESS:
        return witness(next, event);
    case RECORD_REARM:
        return record_rearm(next);
    case RECORD_RECOVER:
        return record_recover(next, event);
    default:
        return RECORD_INVALID;
    }
}

enum record_answer record_next(const struct bootstrap_record *record, const struct record_event *event,
                               struct bootstrap_record *ret_next) {
    struct bootstrap_record next = *record;
    enum record_answer answer = step(&next, event);
    if (next.version > RECORD_NUMBER_MAX)
        return RECORD_INVALID;
    if (answer == RECORD_GRANTED)
        *ret_next = next;
    return answer;
}

void record_json(const struct bootstrap_record *record, int64_t now_ms, struct buf *ret) {
    int64_t left = record->lease_until_ms > now_ms ? record->lease_until_ms - now_ms : 0;
    buf_addf(ret, "{\"version\":%lld,\"state\":\"%s\",\"epoch\":%lld,\"token\":%lld,", (long long)record->version,
             record_state_name(record->state), (long long)record->epoch, (long long)record->token);
    /* hostnames and CA hashes have no characters that JSON must escape */
    buf_addf(ret, record->holder[0] ? "\"holder\":\"%s\"," : "\"holder\":null,", record->holder);
    buf_addf(ret, record->ca_hash[0] ? "\"ca_hash\":\"%s\"," : "\"ca_hash\":null,", record->ca_hash);
    if (record->state == RECORD_RESERVED)
        buf_addf(ret, "\"lease_ms\":%lld}", (long long)left);
    else
        buf_adds(ret, "\"lease_ms\":null}");
}
