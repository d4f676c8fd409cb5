/* SPDX-License-Identifier: Apache-2.0
 * See bootstrap_fsm.h. Two rules matter most. First, an (epoch, token) for which abort or commit was sent is never used
 * for another init, because the seed may act late on a request. Second, nothing is wiped that the record may still
 * need. */
#include "bootstrap_fsm.h"

#include <errno.h>
#include <string.h>

enum { WAIT_S = 50 };

const char *bootstrap_fsm_effect_name(enum bootstrap_effect effect) {
    static const char *const names[BOOTSTRAP_EFFECTS] = {"ask",     "wipe",   "probe", "reserve", "begin",
                                                         "commit",  "abort",  "init",  "ticket",  "join",
                                                         "kubelet", "finish", "end",   "stop"};
    return names[effect];
}

void bootstrap_fsm_start(struct bootstrap_fsm *fsm, const struct journal *journal,
                         const struct bootstrap_machine *machine) {
    bool begun =
        (journal->action == JOURNAL_INIT || journal->action == JOURNAL_JOIN) && journal->phase != JOURNAL_INTENT;
    bool wiping = (journal->action == JOURNAL_WIPE && journal->phase != JOURNAL_DONE) ||
                  (journal->action == JOURNAL_ABORT && journal->phase == JOURNAL_INTENT);
    *fsm =
        (struct bootstrap_fsm){.journal = *journal, .machine = *machine, .dirty = machine->traces || begun || wiping};
}

static void fsm_note(struct bootstrap_fsm *c, enum journal_action action, enum journal_phase phase) {
    c->journal.action = action;
    c->journal.phase = phase;
    c->journal.member = false;
}

/* Notes an action together with the (epoch, token) of the present record, and with its hash if that is committed. */
static void note_action(struct bootstrap_fsm *c, enum journal_action action, enum journal_phase phase) {
    fsm_note(c, action, phase);
    c->journal.of = c->record.id;
}

/* Keeps the highest (epoch, token) that was seen, and the hash that was committed in its epoch. The numbers of a record
 * in QUARANTINE do not count: they come from an old backup. */
static void remember(struct bootstrap_fsm *c, const struct record_view *record) {
    struct record_id *seen = &c->journal.seen;
    c->record = *record;
    if (record->state == RECORD_QUARANTINE || record_id_higher(seen, &record->id))
        return;
    if (record->id.epoch > seen->epoch)
        seen->ca_hash[0] = '\0';
    seen->epoch = record->id.epoch;
    seen->token = record->id.token;
    if (record->state == RECORD_INITIALISED)
        memcpy(seen->ca_hash, record->id.ca_hash, CA_HASH_SIZE);
}

static enum bootstrap_effect ask(struct bootstrap_fsm *c, uint64_t version, unsigned wait_s) {
    c->version = version;
    c->wait_s = wait_s;
    c->waiting = false;
    return BOOTSTRAP_ASK;
}

/* Waits for another machine, or for a person, to change the record. */
static enum bootstrap_effect fsm_await(struct bootstrap_fsm *c) {
    ask(c, c->record.version, WAIT_S);
    c->waiting = true;
    return BOOTSTRAP_ASK;
}

static enum bootstrap_effect stop(const struct bootstrap_event *event, struct error *err) {
    *err = *event->error;
    return BOOTSTRAP_STOP;
}

static enum bootstrap_effect fsm_wipe(struct bootstrap_fsm *c) {
    fsm_note(c, JOURNAL_WIPE, JOURNAL_STARTED);
    return BOOTSTRAP_WIPE;
}

/* After a failed init: first wipes, then gives the record back (abort), so that another master may try. */
static enum bootstrap_effect give_back(struct bootstrap_fsm *c, const struct error *cause) {
    c->cause = *cause;
    fsm_note(c, JOURNAL_ABORT, JOURNAL_INTENT);
    return BOOTSTRAP_WIPE;
}

/* The files that kubeadm left are of the cluster that the journal names. */
static bool is_intact(const struct bootstrap_fsm *c) {
    return c->machine.whole && !strcmp(c->machine.ca_hash, c->journal.of.ca_hash);
}

static bool is_member(const struct bootstrap_fsm *c) {
    return c->journal.member && c->machine.whole;
}

static bool is_mine(const struct bootstrap_fsm *c) {
    return !strcmp(c->record.holder, c->machine.hostname);
}

static bool is_committed(const struct bootstrap_fsm *c) {
    return c->record.state == RECORD_INITIALISED && !strcmp(c->record.id.ca_hash, c->journal.of.ca_hash);
}

/* kubeadm succeeded, and the power was lost before the rest was done. */
static bool is_done(const struct bootstrap_fsm *c) {
    return (c->journal.action == JOURNAL_INIT || c->journal.action == JOURNAL_JOIN) && c->journal.phase == JOURNAL_DONE;
}

/* Nothing of Kubernetes starts before this (I6). */
static enum bootstrap_effect validate(const struct bootstrap_fsm *c, struct error *err) {
    const struct record_id *ours = &c->journal.of, *theirs = &c->record.id;
    /* the seed forgot, this machine did not: what was committed stays committed (I4) */
    bool behind = record_id_higher(&c->journal.seen, theirs) || c->record.state == RECORD_QUARANTINE;
    if (behind || is_committed(c))
        return BOOTSTRAP_KUBELET;
    error_fail(err, SR_RECORD_OTHER, EPERM,
               "this machine belongs to the cluster %.20s… (epoch %llu); the seed's record says %s %.20s (epoch %llu)",
               ours->ca_hash, (unsigned long long)ours->epoch, record_state_name(c->record.state), theirs->ca_hash,
               (unsigned long long)theirs->epoch);
    error_remedy(err, "if the old cluster is to go, wipe this machine; if not, restore the seed's state");
    return BOOTSTRAP_STOP;
}

static enum bootstrap_effect fsm_start(struct bootstrap_fsm *c, struct error *err) {
    if (!is_member(c) || is_intact(c))
        return ask(c, 0, 0);
    error_fail(err, SR_CA_CHANGED, EPERM, "/etc/kubernetes/pki/ca.crt is %.20s…, this machine joined %.20s…",
               c->machine.ca_hash, c->journal.of.ca_hash);
    error_remedy(err, "restore the file from another machine of the cluster, or wipe this machine");
    return BOOTSTRAP_STOP;
}

static enum bootstrap_effect init(struct bootstrap_fsm *c) {
    note_action(c, JOURNAL_INIT, JOURNAL_STARTED);
    return BOOTSTRAP_INIT;
}

/* Every kubeadm init has a token of its own. So a late request of an interrupted attempt cannot affect the next one. */
static enum bootstrap_effect fsm_begin(struct bootstrap_fsm *c, int64_t act_until_ms) {
    note_action(c, JOURNAL_INIT, JOURNAL_INTENT);
    c->act_until_ms = act_until_ms;
    return BOOTSTRAP_BEGIN;
}

/* This machine is the holder in INITIALISING. An init that succeeded is committed; an interrupted one is wiped and
 * begun again. */
static enum bootstrap_effect fsm_resume(struct bootstrap_fsm *c) {
    static const struct error lost = {.errnum = EIO,
                                      .message = "kubeadm init ended well, but what it left is not there any more"};
    if (is_done(c) && c->journal.action == JOURNAL_INIT && record_id_same(&c->journal.of, &c->record.id))
        return is_intact(c) ? BOOTSTRAP_COMMIT : give_back(c, &lost);
    return c->dirty ? fsm_wipe(c) : fsm_begin(c, INT64_MAX); /* INITIALISING has no lease */
}

/* The record is EMPTY, or reserved by this machine and the answer was lost. */
static enum bootstrap_effect fsm_reserve(struct bootstrap_fsm *c) {
    if (c->record.state == RECORD_RESERVED || !c->machine.courtesy_s || c->courteous)
        return BOOTSTRAP_PROBE;
    c->courteous = true;
    return ask(c, c->record.version, c->machine.courtesy_s);
}

/* Perhaps only this machine had the cluster. So it is not wiped to join again. */
static enum bootstrap_effect refuse_to_lose(struct error *err) {
    error_fail(err, SR_RECORD_LOST, EPERM,
               "the record says that this machine made the cluster, but its files are gone");
    error_remedy(err, "restore /etc/kubernetes; or, where other masters live, remove the journal: this machine joins "
                      "them as a new one");
    return BOOTSTRAP_STOP;
}

static enum bootstrap_effect quarantined(struct error *err) {
    error_fail(err, SR_RECORD_QUARANTINE, EPERM,
               "the seed's record is in QUARANTINE: a machine proved that the seed forgot something");
    error_remedy(err,
                 "restore the newest state of the seed; without one, seedctl recover adopts the cluster that lives, "
                 "seedctl rearm starts a new one");
    return BOOTSTRAP_STOP;
}

static enum bootstrap_effect join(struct bootstrap_fsm *c) {
    note_action(c, JOURNAL_JOIN, JOURNAL_INTENT);
    return BOOTSTRAP_TICKET;
}

/* This machine's init succeeded and may have been committed, but in the same epoch the record is neither INITIALISED
 * with its hash nor on the way there. Only this machine could have changed it. So the seed forgot, and other machines
 * may rely on what it forgot. */
static bool is_forgotten(const struct bootstrap_fsm *c) {
    bool on_its_way =
        is_mine(c) && c->record.state == RECORD_INITIALISING && record_id_same(&c->journal.of, &c->record.id);
    return is_done(c) && c->journal.action == JOURNAL_INIT && c->record.id.epoch == c->journal.of.epoch &&
           !on_its_way && !is_committed(c);
}

/* Asks once more, as a witness of the hash. That moves the record to QUARANTINE, where a person decides. */
static enum bootstrap_effect testify(struct bootstrap_fsm *c, struct error *err) {
    memcpy(c->journal.seen.ca_hash, c->journal.of.ca_hash, CA_HASH_SIZE);
    if (c->testified)
        return quarantined(err);
    c->testified = true;
    return ask(c, 0, 0);
}

static enum bootstrap_effect decide(struct bootstrap_fsm *c, struct error *err) {
    enum record_state state = c->record.state;
    bool held = is_mine(c) && (state == RECORD_RESERVED || state == RECORD_INITIALISING);
    if (state == RECORD_QUARANTINE)
        return quarantined(err);
    if (is_forgotten(c))
        return testify(c, err);
    if (held && c->journal.action == JOURNAL_ABORT && record_id_same(&c->journal.of, &c->record.id))
        return c->dirty ? BOOTSTRAP_WIPE : BOOTSTRAP_ABORT;
    if (is_done(c) && is_committed(c) && is_intact(c))
        return BOOTSTRAP_KUBELET;
    if (is_done(c) && is_committed(c) && c->journal.action == JOURNAL_INIT)
        return refuse_to_lose(err);
    if (held && state == RECORD_INITIALISING)
        return fsm_resume(c);
    if (c->dirty) /* the record needs nothing of what would be wiped */
        return fsm_wipe(c);
    if (state == RECORD_INITIALISED)
        return join(c);
    return c->machine.master && (state == RECORD_EMPTY || held) ? fsm_reserve(c) : fsm_await(c);
}

static enum bootstrap_effect after_ask(struct bootstrap_fsm *c, const struct bootstrap_event *event,
                                       struct error *err) {
    if (event->result == BOOTSTRAP_AWAY && is_member(c))
        return BOOTSTRAP_KUBELET; /* the cached committed record decides */
    if (event->result != BOOTSTRAP_OK)
        return stop(event, err);
    remember(c, event->record);
    return is_member(c) ? validate(c, err) : decide(c, err);
}

static enum bootstrap_effect after_wipe(struct bootstrap_fsm *c, const struct bootstrap_event *event,
                                        struct error *err) {
    if (event->result != BOOTSTRAP_OK && c->cause.errnum) {
        error_fail(err, c->cause.code, c->cause.errnum, "%.300s; and then: %.300s", c->cause.message,
                   event->error->message);
        return BOOTSTRAP_STOP;
    }
    if (event->result != BOOTSTRAP_OK)
        return stop(event, err);
    c->dirty = c->machine.whole = false;
    if (c->journal.action == JOURNAL_ABORT) {
        fsm_note(c, JOURNAL_ABORT, JOURNAL_STARTED);
        return BOOTSTRAP_ABORT;
    }
    fsm_note(c, JOURNAL_WIPE, JOURNAL_DONE);
    return decide(c, err);
}

static enum bootstrap_effect after_reserve(struct bootstrap_fsm *c, const struct bootstrap_event *event,
                                           struct error *err) {
    if (event->result == BOOTSTRAP_REFUSED)
        return ask(c, c->record.version, WAIT_S); /* another machine was faster */
    if (event->result != BOOTSTRAP_OK)
        return stop(event, err);
    remember(c, event->record);
    if (c->record.state != RECORD_RESERVED)
        return decide(c, err); /* an earlier begin of this machine arrived late */
    return fsm_begin(c, event->sent_ms + c->record.lease_ms * 2 / 3);
}

static enum bootstrap_effect after_begin(struct bootstrap_fsm *c, const struct bootstrap_event *event,
                                         struct error *err) {
    if (event->result == BOOTSTRAP_REFUSED || event->result == BOOTSTRAP_LATE)
        return ask(c, c->record.version, WAIT_S);
    if (event->result != BOOTSTRAP_OK)
        return stop(event, err);
    remember(c, event->record);
    return init(c);
}

static enum bootstrap_effect after_init(struct bootstrap_fsm *c, const struct bootstrap_event *event) {
    if (event->result != BOOTSTRAP_OK)
        return give_back(c, event->error);
    c->started = true;
    fsm_note(c, JOURNAL_INIT, JOURNAL_DONE);
    memcpy(c->journal.of.ca_hash, event->ca_hash, CA_HASH_SIZE);
    return BOOTSTRAP_COMMIT;
}

static enum bootstrap_effect after_commit(struct bootstrap_fsm *c, const struct bootstrap_event *event,
                                          struct error *err) {
    if (event->result != BOOTSTRAP_OK) {
        *err = *event->error;
        error_wrap(err, "commit");
        return BOOTSTRAP_STOP;
    }
    remember(c, event->record);
    return c->started ? BOOTSTRAP_FINISH : BOOTSTRAP_KUBELET; /* after a reboot kubelet does not run yet */
}

/* Whether the seed accepts or refuses the abort, this machine no longer holds the record. */
static enum bootstrap_effect after_abort(struct bootstrap_fsm *c, const struct bootstrap_event *event,
                                         struct error *err) {
    if (event->result == BOOTSTRAP_OK || event->result == BOOTSTRAP_REFUSED)
        fsm_note(c, JOURNAL_ABORT, JOURNAL_DONE);
    else if (!c->cause.errnum)
        return stop(event, err);
    if (!c->cause.errnum)
        return ask(c, 0, 0);
    *err = c->cause;
    return BOOTSTRAP_STOP;
}

static enum bootstrap_effect after_ticket(struct bootstrap_fsm *c, const struct bootstrap_event *event,
                                          struct error *err) {
    if (event->result != BOOTSTRAP_OK)
        return stop(event, err);
    if (strcmp(event->ca_hash, c->journal.of.ca_hash) != 0) { /* I5 */
        error_fail(err, SR_TICKET, EPERM, "join ticket: /ca_hash %.20s… is not the committed %.20s…", event->ca_hash,
                   c->journal.of.ca_hash);
        return BOOTSTRAP_STOP;
    }
    fsm_note(c, JOURNAL_JOIN, JOURNAL_STARTED);
    return BOOTSTRAP_JOIN;
}

static enum bootstrap_effect after_join(struct bootstrap_fsm *c, const struct bootstrap_event *event,
                                        struct error *err) {
    if (event->result != BOOTSTRAP_OK)
        return stop(event, err);
    if (strcmp(event->ca_hash, c->journal.of.ca_hash) != 0) { /* I5 */
        error_fail(err, SR_TICKET, EPERM, "joined the cluster %.20s…, not the committed %.20s…", event->ca_hash,
                   c->journal.of.ca_hash);
        return BOOTSTRAP_STOP;
    }
    fsm_note(c, JOURNAL_JOIN, JOURNAL_DONE);
    return BOOTSTRAP_FINISH;
}

static enum bootstrap_effect after_kubelet(const struct bootstrap_fsm *c, const struct bootstrap_event *event,
                                           struct error *err) {
    if (event->result != BOOTSTRAP_OK)
        return stop(event, err);
    return c->journal.member ? BOOTSTRAP_END : BOOTSTRAP_FINISH;
}

static enum bootstrap_effect after_finish(struct bootstrap_fsm *c, const struct bootstrap_event *event,
                                          struct error *err) {
    if (event->result != BOOTSTRAP_OK)
        return stop(event, err);
    c->journal.member = true;
    return BOOTSTRAP_END;
}

static enum bootstrap_effect fsm_next(struct bootstrap_fsm *c, const struct bootstrap_event *event, struct error *err) {
    if (!event)
        return fsm_start(c, err);
    switch (c->at) {
    case BOOTSTRAP_ASK:
        return after_ask(c, event, err);
    case BOOTSTRAP_WIPE:
        return after_wipe(c, event, err);
    case BOOTSTRAP_PROBE:
        return event->result == BOOTSTRAP_OK ? BOOTSTRAP_RESERVE : stop(event, err);
    case BOOTSTRAP_RESERVE:
        return after_reserve(c, event, err);
    case BOOTSTRAP_BEGIN:
        return after_begin(c, event, err);
    case BOOTSTRAP_COMMIT:
        return after_commit(c, event, err);
    case BOOTSTRAP_ABORT:
        return after_abort(c, event, err);
    case BOOTSTRAP_INIT:
        return after_init(c, event);
    case BOOTSTRAP_TICKET:
        return after_ticket(c, event, err);
    case BOOTSTRAP_JOIN:
        return after_join(c, event, err);
    case BOOTSTRAP_KUBELET:
        return after_kubelet(c, event, err);
    case BOOTSTRAP_FINISH:
        return after_finish(c, event, err);
    default:
        return c->at; /* nothing follows END and STOP */
    }
}

enum bootstrap_effect bootstrap_fsm_next(struct bootstrap_fsm *fsm, const struct bootstrap_event *event,
                                         struct error *err) {
    return fsm->at = fsm_next(fsm, event, err);
}
