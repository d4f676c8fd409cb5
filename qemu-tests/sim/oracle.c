/* SPDX-License-Identifier: Apache-2.0
 * See oracle.h. */
#include "oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void oracle_reset(struct oracle *oracle) {
    *oracle = (struct oracle){.last = record_initial()};
}

void oracle_violate(struct oracle *oracle, const char *invariant, const char *format, ...) {
    va_list ap;
    if (oracle->violated)
        return;
    oracle->violated = invariant;
    va_start(ap, format);
    vsnprintf(oracle->detail, sizeof(oracle->detail), format, ap);
    va_end(ap);
}

static struct record_id grant_of(const struct bootstrap_record *record) {
    struct record_id grant = {.epoch = (uint64_t)record->epoch, .token = (uint64_t)record->token};
    snprintf(grant.ca_hash, sizeof(grant.ca_hash), "%s", record->ca_hash);
    return grant;
}

/* After the seed's disk was replaced, the record has another history. */
static void change_history(struct oracle *o, const struct bootstrap_record *now) {
    for (int64_t epoch = now->epoch; epoch < ORACLE_EPOCHS; epoch++)
        o->committed[epoch][0] = '\0';
    o->disturbances++;
    o->last = *now;
}

static void check_commit(struct oracle *o, const struct bootstrap_record *now) {
    char *committed = o->committed[now->epoch < ORACLE_EPOCHS ? now->epoch : 0];
    if (committed[0] && strcmp(committed, now->ca_hash))
        oracle_violate(o, "I1 at most one ca_hash in an epoch", "epoch %lld: %.14s and %.14s", (long long)now->epoch,
                       committed, now->ca_hash);
    snprintf(committed, CA_HASH_SIZE, "%s", now->ca_hash);
    if (!oracle_was_committed(o, now->ca_hash) && o->n_ever < ORACLE_CAS)
        snprintf(o->ever[o->n_ever++], CA_HASH_SIZE, "%s", now->ca_hash);
}

static void note_begin(struct oracle *o, const struct bootstrap_record *now) {
    if (o->n_begun == ORACLE_GRANTS)
        return;
    o->begun[o->n_begun].grant = grant_of(now);
    snprintf(o->begun[o->n_begun].holder, WIRE_NAME, "%.15s", now->holder);
    o->begun[o->n_begun++].disturbances = o->disturbances;
}

/* While a machine runs kubeadm init, the record may leave it only by the operator, or by a proof that the seed's record
 * is old. */
static void check_taken_away(struct oracle *o, const struct bootstrap_record *now) {
    const struct record_id grant = grant_of(&o->last);
    for (int i = 0; i < WIRE_MACHINES; i++)
        if (o->machines[i].running && record_id_same(&o->machines[i].grant, &grant) &&
            !strcmp(o->machines[i].name, o->last.holder))
            oracle_violate(o, "I2 kubeadm init runs only in the INITIALISING holder",
                           "%s of (%lld, %lld) became %s while machine %d runs init", record_state_name(o->last.state),
                           (long long)o->last.epoch, (long long)o->last.token, record_state_name(now->state), i);
}

void oracle_record(struct oracle *o, const struct bootstrap_record *now, enum oracle_cause cause) {
    const struct bootstrap_record last = o->last;
    if (cause == ORACLE_REPLACED) {
        change_history(o, now);
        return;
    }
    if (now->epoch < last.epoch || (now->epoch == last.epoch && now->token < last.token))
        oracle_violate(o, "I3 (epoch, token) is monotonic", "(%lld, %lld) after (%lld, %lld)", (long long)now->epoch,
                       (long long)now->token, (long long)last.epoch, (long long)last.token);
    bool same = now->state == last.state && now->epoch == last.epoch && now->token == last.token;
    if (cause == ORACLE_REARM || (now->state == RECORD_QUARANTINE && !same))
        o->disturbances++;
    else if (last.state == RECORD_INITIALISED && (!same || strcmp(now->ca_hash, last.ca_hash)))
        oracle_violate(o, "I4 INITIALISED is left only by rearm", "%s (%lld, %lld)", record_state_name(now->state),
                       (long long)now->epoch, (long long)now->token);
    else if (last.state == RECORD_INITIALISING && !same)
        check_taken_away(o, now);
    if (now->state == RECORD_INITIALISING && !same)
        note_begin(o, now);
    if (now->state == RECORD_INITIALISED)
        check_commit(o, now);
    o->last = *now;
}

void oracle_witness(struct oracle *o, int machine, const struct record_id *seen, const struct bootstrap_record *before,
                    const struct bootstrap_record *after) {
    const struct record_id record = grant_of(before);
    bool other = seen->epoch == record.epoch && seen->ca_hash[0] && strcmp(seen->ca_hash, record.ca_hash) != 0;
    if ((record_id_higher(seen, &record) || other) && after->state != RECORD_QUARANTINE)
        oracle_violate(o, "a machine that remembers more than the seed quarantines it",
                       "machine %d acted on (%llu, %llu); the seed has (%lld, %lld) %s", machine,
                       (unsigned long long)seen->epoch, (unsigned long long)seen->token, (long long)before->epoch,
                       (long long)before->token, record_state_name(after->state));
}

void oracle_acts(struct oracle *o, int machine, const struct record_id *seen) {
    struct record_id *known = &o->machines[machine].seen;
    if (record_id_higher(known, seen))
        return;
    if (known->epoch != seen->epoch || seen->ca_hash[0])
        memcpy(known->ca_hash, seen->ca_hash, CA_HASH_SIZE);
    known->epoch = seen->epoch;
    known->token = seen->token;
}

void oracle_init(struct oracle *o, int machine, const char *name, const struct record_id *grant) {
    const struct record_id now = grant_of(&o->last);
    bool holds = o->last.state == RECORD_INITIALISING && record_id_same(&now, grant) && !strcmp(o->last.holder, name),
         excused = false;
    for (unsigned i = 0; i < o->n_begun; i++)
        excused |= record_id_same(&o->begun[i].grant, grant) && !strcmp(o->begun[i].holder, name) &&
                   o->begun[i].disturbances < o->disturbances;
    if (!holds && !excused)
        oracle_violate(o, "I2 kubeadm init runs only in the INITIALISING holder",
                       "machine %d (%s) runs init with (%llu, %llu); the record is %s (%lld, %lld) `%s`", machine, name,
                       (unsigned long long)grant->epoch, (unsigned long long)grant->token,
                       record_state_name(o->last.state), (long long)o->last.epoch, (long long)o->last.token,
                       o->last.holder);
    o->machines[machine].running = true;
    o->machines[machine].grant = *grant;
    snprintf(o->machines[machine].name, WIRE_NAME, "%s", name);
}

void oracle_init_over(struct oracle *o, int machine) {
    o->machines[machine].running = false;
}

void oracle_recovers(struct oracle *o, const char *ca_hash) {
    if (!oracle_was_committed(o, ca_hash))
        oracle_violate(o, "I7 a recovery adopts only a ca_hash that was committed", "%.14s never was", ca_hash);
}

bool oracle_was_committed(const struct oracle *o, const char *ca_hash) {
    for (unsigned i = 0; i < o->n_ever; i++)
        if (!strcmp(o->ever[i], ca_hash))
            return true;
    return false;
}
