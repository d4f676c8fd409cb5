/* SPDX-License-Identifier: Apache-2.0
 * See course.h. Two rules carry it. A grant that may have been given back (abort sent) or committed (commit sent) is
 * never used for another init: the seed may act late on what it was sent. And nothing is wiped that the record may
 * still need. */
#include "course.h"

#include <errno.h>
#include <string.h>

enum { WAIT_S = 50 };

const char *course_effect_name(enum course_effect effect) {
    static const char *const names[COURSE_EFFECTS] = {"ask",  "wipe",   "probe", "reserve", "begin",  "commit", "abort",
                                                      "init", "ticket", "join",  "kubelet", "finish", "end",    "stop"};
    return names[effect];
}

void course_start(struct course *course, const struct journal *journal, const struct course_machine *machine) {
    bool begun =
        (journal->action == JOURNAL_INIT || journal->action == JOURNAL_JOIN) && journal->phase != JOURNAL_INTENT;
    bool wiping = (journal->action == JOURNAL_WIPE && journal->phase != JOURNAL_DONE) ||
                  (journal->action == JOURNAL_ABORT && journal->phase == JOURNAL_INTENT);
    *course = (struct course){.journal = *journal, .machine = *machine, .dirty = machine->traces || begun || wiping};
}

static void note(struct course *c, enum journal_action action, enum journal_phase phase) {
    c->journal.action = action;
    c->journal.phase = phase;
    c->journal.member = false;
}

/* An action under the present record; its hash is kept only where it is committed. */
static void note_grant(struct course *c, enum journal_action action, enum journal_phase phase) {
    note(c, action, phase);
    c->journal.of = c->record.grant;
}

/* The highest (epoch, token), and the hash of its epoch. A quarantined record's numbers are somebody else's memory. */
static void remember(struct course *c, const struct record *record) {
    struct grant *seen = &c->journal.seen;
    c->record = *record;
    if (record->state == RECORD_QUARANTINE || grant_higher(seen, &record->grant))
        return;
    if (record->grant.epoch > seen->epoch)
        seen->ca_hash[0] = '\0';
    seen->epoch = record->grant.epoch;
    seen->token = record->grant.token;
    if (record->state == RECORD_INITIALISED)
        memcpy(seen->ca_hash, record->grant.ca_hash, CA_HASH_SIZE);
}

static enum course_effect ask(struct course *c, uint64_t version, unsigned wait_s) {
    c->version = version;
    c->wait_s = wait_s;
    c->waiting = false;
    return COURSE_ASK;
}

/* For another machine, or a person. */
static enum course_effect await(struct course *c) {
    ask(c, c->record.version, WAIT_S);
    c->waiting = true;
    return COURSE_ASK;
}

static enum course_effect stop(const struct course_event *event, struct error *err) {
    *err = *event->error;
    return COURSE_STOP;
}

static enum course_effect wipe(struct course *c) {
    note(c, JOURNAL_WIPE, JOURNAL_STARTED);
    return COURSE_WIPE;
}

/* A failed init: wiped first, then the grant is given back so that another master may try. */
static enum course_effect give_back(struct course *c, const struct error *cause) {
    c->cause = *cause;
    note(c, JOURNAL_ABORT, JOURNAL_INTENT);
    return COURSE_WIPE;
}

/* What kubeadm left is what the journal says. */
static bool is_intact(const struct course *c) {
    return c->machine.whole && !strcmp(c->machine.ca_hash, c->journal.of.ca_hash);
}

static bool is_member(const struct course *c) {
    return c->journal.member && c->machine.whole;
}

static bool is_mine(const struct course *c) {
    return !strcmp(c->record.holder, c->machine.hostname);
}

static bool is_committed(const struct course *c) {
    return c->record.state == RECORD_INITIALISED && !strcmp(c->record.grant.ca_hash, c->journal.of.ca_hash);
}

/* kubeadm ended well, and power was lost before the rest. */
static bool is_done(const struct course *c) {
    return (c->journal.action == JOURNAL_INIT || c->journal.action == JOURNAL_JOIN) && c->journal.phase == JOURNAL_DONE;
}

/* Nothing of Kubernetes starts before this (I6). */
static enum course_effect validate(const struct course *c, struct error *err) {
    const struct grant *ours = &c->journal.of, *theirs = &c->record.grant;
    /* the seed lost its memory, we did not: what was committed stays committed (I4) */
    bool behind = grant_higher(&c->journal.seen, theirs) || c->record.state == RECORD_QUARANTINE;
    if (behind || is_committed(c))
        return COURSE_KUBELET;
    error_fail(err, SR_RECORD_OTHER, EPERM,
               "this machine belongs to the cluster %.20s… (epoch %llu); the seed's record says %s %.20s (epoch %llu)",
               ours->ca_hash, (unsigned long long)ours->epoch, record_state_name(c->record.state), theirs->ca_hash,
               (unsigned long long)theirs->epoch);
    error_remedy(err, "if the old cluster is to go, wipe this machine; if not, restore the seed's state");
    return COURSE_STOP;
}

static enum course_effect start(struct course *c, struct error *err) {
    if (!is_member(c) || is_intact(c))
        return ask(c, 0, 0);
    error_fail(err, SR_CA_CHANGED, EPERM, "/etc/kubernetes/pki/ca.crt is %.20s…, this machine joined %.20s…",
               c->machine.ca_hash, c->journal.of.ca_hash);
    error_remedy(err, "restore the file from another machine of the cluster, or wipe this machine");
    return COURSE_STOP;
}

static enum course_effect init(struct course *c) {
    note_grant(c, JOURNAL_INIT, JOURNAL_STARTED);
    return COURSE_INIT;
}

/* Every kubeadm init has a token of its own: what an interrupted attempt sent is stale for the next. */
static enum course_effect begin(struct course *c, int64_t act_until_ms) {
    note_grant(c, JOURNAL_INIT, JOURNAL_INTENT);
    c->act_until_ms = act_until_ms;
    return COURSE_BEGIN;
}

/* INITIALISING, by us: an init that ended is committed, an interrupted one is wiped and begun again. */
static enum course_effect resume(struct course *c) {
    static const struct error lost = {.errnum = EIO,
                                      .message = "kubeadm init ended well, but what it left is not there any more"};
    if (is_done(c) && c->journal.action == JOURNAL_INIT && grant_same(&c->journal.of, &c->record.grant))
        return is_intact(c) ? COURSE_COMMIT : give_back(c, &lost);
    return c->dirty ? wipe(c) : begin(c, INT64_MAX); /* INITIALISING has no lease */
}

/* EMPTY, or our own reservation whose answer was lost. */
static enum course_effect reserve(struct course *c) {
    if (c->record.state == RECORD_RESERVED || !c->machine.courtesy_s || c->courteous)
        return COURSE_PROBE;
    c->courteous = true;
    return ask(c, c->record.version, c->machine.courtesy_s);
}

/* Only this machine may hold the cluster: it is not wiped to be joined anew. */
static enum course_effect refuse_to_lose(struct error *err) {
    error_fail(err, SR_RECORD_LOST, EPERM,
               "the record says that this machine made the cluster, but its files are gone");
    error_remedy(err, "restore /etc/kubernetes; or, where other masters live, remove the journal: this machine joins "
                      "them as a new one");
    return COURSE_STOP;
}

static enum course_effect quarantined(struct error *err) {
    error_fail(err, SR_RECORD_QUARANTINE, EPERM,
               "the seed's record is in QUARANTINE: a machine proved that the seed forgot something");
    error_remedy(err,
                 "restore the newest state of the seed, or run seedctl rearm there if the cluster is to be born anew");
    return COURSE_STOP;
}

static enum course_effect join(struct course *c) {
    note_grant(c, JOURNAL_JOIN, JOURNAL_INTENT);
    return COURSE_TICKET;
}

/* Our init ended and may have been committed, and in its epoch the record is neither there nor on its way there. Only
 * we could have led it elsewhere: the seed forgot, and somebody may live by what it forgot. */
static bool is_forgotten(const struct course *c) {
    bool on_its_way =
        is_mine(c) && c->record.state == RECORD_INITIALISING && grant_same(&c->journal.of, &c->record.grant);
    return is_done(c) && c->journal.action == JOURNAL_INIT && c->record.grant.epoch == c->journal.of.epoch &&
           !on_its_way && !is_committed(c);
}

/* As a witness of the hash: it takes the seed into QUARANTINE, where a person decides. */
static enum course_effect testify(struct course *c, struct error *err) {
    memcpy(c->journal.seen.ca_hash, c->journal.of.ca_hash, CA_HASH_SIZE);
    if (c->testified)
        return quarantined(err);
    c->testified = true;
    return ask(c, 0, 0);
}

static enum course_effect decide(struct course *c, struct error *err) {
    enum record_state state = c->record.state;
    bool held = is_mine(c) && (state == RECORD_RESERVED || state == RECORD_INITIALISING);
    if (state == RECORD_QUARANTINE)
        return quarantined(err);
    if (is_forgotten(c))
        return testify(c, err);
    if (held && c->journal.action == JOURNAL_ABORT && grant_same(&c->journal.of, &c->record.grant))
        return c->dirty ? COURSE_WIPE : COURSE_ABORT;
    if (is_done(c) && is_committed(c) && is_intact(c))
        return COURSE_KUBELET;
    if (is_done(c) && is_committed(c) && c->journal.action == JOURNAL_INIT)
        return refuse_to_lose(err);
    if (held && state == RECORD_INITIALISING)
        return resume(c);
    if (c->dirty) /* nothing that the record may still need */
        return wipe(c);
    if (state == RECORD_INITIALISED)
        return join(c);
    return c->machine.master && (state == RECORD_EMPTY || held) ? reserve(c) : await(c);
}

static enum course_effect after_ask(struct course *c, const struct course_event *event, struct error *err) {
    if (event->result == COURSE_AWAY && is_member(c))
        return COURSE_KUBELET; /* the cached committed record decides */
    if (event->result != COURSE_OK)
        return stop(event, err);
    remember(c, event->record);
    return is_member(c) ? validate(c, err) : decide(c, err);
}

static enum course_effect after_wipe(struct course *c, const struct course_event *event, struct error *err) {
    if (event->result != COURSE_OK && c->cause.errnum) {
        error_fail(err, c->cause.code, c->cause.errnum, "%.300s; and then: %.300s", c->cause.message,
                   event->error->message);
        return COURSE_STOP;
    }
    if (event->result != COURSE_OK)
        return stop(event, err);
    c->dirty = c->machine.whole = false;
    if (c->journal.action == JOURNAL_ABORT) {
        note(c, JOURNAL_ABORT, JOURNAL_STARTED);
        return COURSE_ABORT;
    }
    note(c, JOURNAL_WIPE, JOURNAL_DONE);
    return decide(c, err);
}

static enum course_effect after_reserve(struct course *c, const struct course_event *event, struct error *err) {
    if (event->result == COURSE_REFUSED)
        return ask(c, c->record.version, WAIT_S); /* another machine was faster */
    if (event->result != COURSE_OK)
        return stop(event, err);
    remember(c, event->record);
    if (c->record.state != RECORD_RESERVED)
        return decide(c, err); /* a begin of ours arrived after all */
    return begin(c, event->sent_ms + c->record.lease_ms * 2 / 3);
}

static enum course_effect after_begin(struct course *c, const struct course_event *event, struct error *err) {
    if (event->result == COURSE_REFUSED || event->result == COURSE_LATE)
        return ask(c, c->record.version, WAIT_S);
    if (event->result != COURSE_OK)
        return stop(event, err);
    remember(c, event->record);
    return init(c);
}

static enum course_effect after_init(struct course *c, const struct course_event *event) {
    if (event->result != COURSE_OK)
        return give_back(c, event->error);
    c->started = true;
    note(c, JOURNAL_INIT, JOURNAL_DONE);
    memcpy(c->journal.of.ca_hash, event->ca_hash, CA_HASH_SIZE);
    return COURSE_COMMIT;
}

static enum course_effect after_commit(struct course *c, const struct course_event *event, struct error *err) {
    if (event->result != COURSE_OK) {
        *err = *event->error;
        error_wrap(err, "commit");
        return COURSE_STOP;
    }
    remember(c, event->record);
    return c->started ? COURSE_FINISH : COURSE_KUBELET; /* after a reboot it does not run yet */
}

/* Granted, or refused: either way the record is not in our hands any more. */
static enum course_effect after_abort(struct course *c, const struct course_event *event, struct error *err) {
    if (event->result == COURSE_OK || event->result == COURSE_REFUSED)
        note(c, JOURNAL_ABORT, JOURNAL_DONE);
    else if (!c->cause.errnum)
        return stop(event, err);
    if (!c->cause.errnum)
        return ask(c, 0, 0);
    *err = c->cause;
    return COURSE_STOP;
}

static enum course_effect after_ticket(struct course *c, const struct course_event *event, struct error *err) {
    if (event->result != COURSE_OK)
        return stop(event, err);
    if (strcmp(event->ca_hash, c->journal.of.ca_hash) != 0) { /* I5 */
        error_fail(err, SR_TICKET, EPERM, "join ticket: /ca_hash %.20s… is not the committed %.20s…", event->ca_hash,
                   c->journal.of.ca_hash);
        return COURSE_STOP;
    }
    note(c, JOURNAL_JOIN, JOURNAL_STARTED);
    return COURSE_JOIN;
}

static enum course_effect after_join(struct course *c, const struct course_event *event, struct error *err) {
    if (event->result != COURSE_OK)
        return stop(event, err);
    if (strcmp(event->ca_hash, c->journal.of.ca_hash) != 0) { /* I5 */
        error_fail(err, SR_TICKET, EPERM, "joined the cluster %.20s…, not the committed %.20s…", event->ca_hash,
                   c->journal.of.ca_hash);
        return COURSE_STOP;
    }
    note(c, JOURNAL_JOIN, JOURNAL_DONE);
    return COURSE_FINISH;
}

static enum course_effect after_kubelet(const struct course *c, const struct course_event *event, struct error *err) {
    if (event->result != COURSE_OK)
        return stop(event, err);
    return c->journal.member ? COURSE_END : COURSE_FINISH;
}

static enum course_effect after_finish(struct course *c, const struct course_event *event, struct error *err) {
    if (event->result != COURSE_OK)
        return stop(event, err);
    c->journal.member = true;
    return COURSE_END;
}

static enum course_effect next(struct course *c, const struct course_event *event, struct error *err) {
    if (!event)
        return start(c, err);
    switch (c->at) {
    case COURSE_ASK:
        return after_ask(c, event, err);
    case COURSE_WIPE:
        return after_wipe(c, event, err);
    case COURSE_PROBE:
        return event->result == COURSE_OK ? COURSE_RESERVE : stop(event, err);
    case COURSE_RESERVE:
        return after_reserve(c, event, err);
    case COURSE_BEGIN:
        return after_begin(c, event, err);
    case COURSE_COMMIT:
        return after_commit(c, event, err);
    case COURSE_ABORT:
        return after_abort(c, event, err);
    case COURSE_INIT:
        return after_init(c, event);
    case COURSE_TICKET:
        return after_ticket(c, event, err);
    case COURSE_JOIN:
        return after_join(c, event, err);
    case COURSE_KUBELET:
        return after_kubelet(c, event, err);
    case COURSE_FINISH:
        return after_finish(c, event, err);
    default:
        return c->at; /* END and STOP are the last */
    }
}

enum course_effect course_next(struct course *course, const struct course_event *event, struct error *err) {
    return course->at = next(course, event, err);
}
